"""The records behind a number of a run, page by page and masked (spec X4, X6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from registry_operators.domain.why import masked
from registry_operators.ledger.database import Ledger
from registry_operators.steps.find_records import Place, RecordFilter, find_records, stretches

_TRIES = 10
"""Searches that one page may take; a needle may take several pages."""
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Record:
    """
    One record of a run.

    :param person: First ten hex digits of the person key; ``None`` where nobody was recognised.
    :param patron_id: Cicero's number of the patron; ``None`` for strangers.
    :param card: Card number as it was read, without its middle; ``None`` once staging is removed.
    :param changes: Rows of ``pages/list_record_changes``.
    """

    library: str
    record_no: int
    person: str | None
    patron_id: int | None
    card: str | None
    is_removal: bool
    outcome: str
    reason: str | None
    changes: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """
    Some records, ordered by library and number.

    :param following: Behind which record the next page begins; ``None`` after the last one. The
        search for rare records may end before the page is full, even before the first.
    """

    records: tuple[Record, ...]
    following: Place | None


def list_records(
    ledger: Ledger,
    run_id: UUID,
    libraries: Sequence[str],
    wanted: RecordFilter,
    after: Place | None = None,
    *,
    most: int,
) -> RecordPage:
    """
    Return the records of a run that are asked for, from a place on.

    What became of a record is told as it is now: what was held, and decided on since, counts as
    what came of it.

    :param libraries: Agency codes.
    :param most: Records at most.
    """
    with ledger.transaction():
        ledger.rows("pages/plan_search")
        found, following = _search(ledger, run_id, libraries, wanted, after or Place(), most)
        changes: dict[tuple[str, int], list[Any]] = defaultdict(list)
        for row in ledger.rows("pages/list_record_changes", run_id=run_id, **_keys(found)):
            changes[row.library, row.record_no].append(row)
    return RecordPage(
        tuple(_record(row, changes[row.library, row.record_no]) for row in found), following
    )


def list_conflicts(
    ledger: Ledger, run_id: UUID, libraries: Sequence[str], after: Any = None, *, most: int
) -> list[Any]:
    """
    Return rows of ``pages/list_conflicts``, ordered by library, record, field and target.

    :param after: The last row of the page before, or anything with its key.
    :param most: Conflicts at most.
    """
    found: list[Any] = []
    codes = sorted(code for code in libraries if after is None or code >= after.library)
    for first in range(0, len(codes), _AT_ONCE):
        found += ledger.rows(
            "pages/list_conflicts",
            run_id=run_id,
            libraries=codes[first : first + _AT_ONCE],
            after_library="" if after is None else after.library,
            after_no=0 if after is None else after.record_no,
            after_field="" if after is None else after.field,
            after_target="" if after is None else after.target,
            most=most - len(found),
        )
        if len(found) == most:
            break
    return found


def _search(
    ledger: Ledger,
    run_id: UUID,
    libraries: Sequence[str],
    wanted: RecordFilter,
    after: Place,
    most: int,
) -> tuple[list[Any], Place | None]:
    """Return rows of ``pages/judge_records``, and where the next page begins."""
    found: list[Any] = []
    tries = 0
    for whole in stretches(ledger, run_id, libraries, wanted, after):
        stretch = whole
        while True:
            if tries == _TRIES:
                return found, Place(stretch.libraries[0], stretch.after_no)
            tries += 1
            keys = find_records(ledger, run_id, stretch, wanted, most=most + 1)
            found += ledger.rows(
                "pages/judge_records", run_id=run_id, **_keys(keys), **asdict(wanted)
            )
            if len(found) > most:
                last = found[most - 1]
                return found[:most], Place(last.library, last.record_no)
            if len(keys) <= most:
                break
            stretch = whole.beyond(Place(keys[-1].library, keys[-1].record_no))
    return found, None


def _record(row: Any, changes: Sequence[Any]) -> Record:
    return Record(
        library=row.library,
        record_no=row.record_no,
        person=row.person,
        patron_id=row.patron_id,
        card=masked(row.card_number, None) if row.card_number else None,
        is_removal=row.is_removal,
        outcome=row.outcome,
        reason=row.reason,
        changes=tuple(changes),
    )


def _keys(rows: Sequence[Any]) -> dict[str, list[Any]]:
    return {
        "libraries": [row.library for row in rows],
        "record_nos": [row.record_no for row in rows],
    }
