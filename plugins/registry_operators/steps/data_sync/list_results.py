"""The lists behind the numbers of a run, and its error log (spec D5)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any, TextIO
from uuid import UUID

from registry_operators.domain.csv_cell import plain
from registry_operators.ledger.database import Ledger

OUTCOMES = ("created", "updated", "unchanged", "left_out", "held", "failed")
COLUMNS = ("record", "outcome", "field", "reason")
_PAGE_SIZE = 1000


def list_runs(ledger: Ledger, name: str, *, most: int = 30) -> list[Any]:
    """Return the rows of ``data_sync/list_runs``, the newest first."""
    return ledger.rows("data_sync/list_runs", name=name, most=most)


def list_records(
    ledger: Ledger, run_id: UUID, outcome: str, *, reason: str | None = None
) -> Iterator[Any]:
    """Yield the rows of ``data_sync/list_records`` of one outcome, read page by page."""
    after = 0
    while rows := ledger.rows(
        "data_sync/list_records",
        run_id=run_id,
        outcome=outcome,
        reason=reason,
        after_no=after,
        page_size=_PAGE_SIZE,
    ):
        yield from rows
        after = rows[-1].record_no


def list_problems(ledger: Ledger, run_id: UUID) -> Iterator[Any]:
    """Yield the values that did not fit; one record's values are never torn apart."""
    after = 0
    while rows := ledger.rows(
        "data_sync/list_problems", run_id=run_id, after_no=after, page_size=_PAGE_SIZE
    ):
        last = rows[-1].record_no
        is_last = len(rows) < _PAGE_SIZE
        # The last record of a full page may have more values, so the next page begins with it.
        whole = rows if is_last else [row for row in rows if row.record_no != last] or rows
        yield from whole
        after = whole[-1].record_no


def records_page(
    ledger: Ledger, run_id: UUID, outcome: str, *, reason: str | None, after: int, most: int
) -> tuple[list[Any], int | None]:
    """
    Return some rows of ``pages/list_sync_records``, and behind which record the next ones begin.

    As quick in a large run as in a small one.

    :return: ``None`` as the second where no more follow.
    """
    rows = ledger.rows(
        "pages/list_sync_records",
        run_id=run_id,
        outcome=outcome,
        reason=reason,
        after_no=after,
        page_size=most + 1,
    )
    return rows[:most], rows[most - 1].record_no if len(rows) > most else None


def problems_page(
    ledger: Ledger, run_id: UUID, *, after: int, most: int
) -> tuple[list[Any], int | None]:
    """
    Return some values that did not fit, and behind which record the next ones begin.

    One record's values are never torn apart, so a page may be shorter, or hold one record only.

    :return: ``None`` as the second where no more follow.
    """
    rows = ledger.rows("data_sync/list_problems", run_id=run_id, after_no=after, page_size=most)
    if len(rows) < most:
        return rows, None
    last = rows[-1].record_no
    whole = [row for row in rows if row.record_no != last]
    if not whole:
        # A record has no more values than its profile has fields.
        whole = ledger.rows(
            "data_sync/list_problems", run_id=run_id, after_no=after, page_size=_PAGE_SIZE
        )
        whole = [row for row in whole if row.record_no == last]
    return whole, whole[-1].record_no


def write_error_log(ledger: Ledger, run_id: UUID, out: TextIO) -> int:
    """
    Write the error log as CSV and return its rows.

    A record is named by its id in the library system, by which staff find it there; no value
    stands in the log. Cells that a spreadsheet would take for a formula are made harmless.
    """
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for row in list_records(ledger, run_id, "failed"):
        writer.writerow(map(plain, (row.record_id, "failed", "", row.reason)))
        count += 1
    for row in list_problems(ledger, run_id):
        writer.writerow(map(plain, (row.record_id, "incorrect value", row.field, row.reason)))
        count += 1
    return count
