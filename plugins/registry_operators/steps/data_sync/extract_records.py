"""Read the patrons of a library system into the staging area, as profiles (spec D2, D3)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from registry_operators.clients.ils_messages import IlsClient, IlsPage, IlsQuery
from registry_operators.domain.sync.record_mapper import MappedRecord, RecordMapper
from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.ports import (
    PinnedSync,
    decision,
    end_step,
    read_sync_run,
)

_NULL = b"\\N"


def extract_records(
    ledger: Ledger,
    client: IlsClient,
    sync: PinnedSync,
    *,
    run_id: UUID,
    today: date,
    pushes_down: bool = True,
) -> list[str]:
    """
    Stage every patron that the library system gives, each page in a transaction with its place.

    A step that died goes on behind the last page that it wrote. Values are typed and incorrect ones
    noted while the page is at hand; whether they count is decided after the filter.

    :param pushes_down: Let the library system evaluate what it can; off for tests of equality.
    :raises UnavailableError: The system does not answer; the step may be repeated.
    """
    run = read_sync_run(ledger, run_id)
    if run.stage != "opened":
        return []
    definition = sync.definition
    query = IlsQuery(
        keys=definition.top_level_keys,
        conditions=tuple(row.condition(today) for row in definition.filter),
        push_down=pushes_down,
    )
    mapper, count = sync.mapper, run.read_count
    for page in _ahead(client.pages(query, after=run.page_cursor)):
        with ledger.transaction():
            ledger.rows("data_sync/commit_later")
            ledger.copy_text("data_sync/copy_records", _lines(mapper, run_id, count, page.records))
            ledger.run(
                "data_sync/keep_page",
                run_id=run_id,
                page_cursor=page.cursor,
                records=len(page.records),
            )
        count += len(page.records)
    ledger.run("data_sync/analyze_staged")
    with ledger.transaction():
        read = decision(run, "extract", {"read": count})
        return end_step(ledger, run, ("opened", "extracted"), [read])


def _ahead(pages: Iterator[IlsPage]) -> Iterator[IlsPage]:
    """Let the system prepare the next page while one is staged."""
    with ThreadPoolExecutor(1, thread_name_prefix="ils-page") as thread:
        coming = thread.submit(next, pages, None)
        while (page := coming.result()) is not None:
            coming = thread.submit(next, pages, None)
            yield page


def _lines(
    mapper: RecordMapper, run_id: UUID, count: int, records: list[dict[str, Any]]
) -> Iterator[bytes]:
    run = str(run_id).encode()
    for number, record in enumerate(records, start=count + 1):
        yield _line(run, number, mapper.map(record))


def _line(run: bytes, number: int, mapped: MappedRecord) -> bytes:
    """
    Return a row of ``data_sync/copy_records`` as the text form of COPY has it.

    JSON has no raw tab and no raw end of line, so only its backslashes are doubled; names of fields
    are plain words.
    """
    record_id = mapped.record_id
    return b"%b\t%d\t%b\t%b\t%b\t%b\t%b\t%b\n" % (
        run,
        number,
        _NULL if record_id is None else _escaped(record_id),
        _NULL if mapped.defect is None else mapped.defect.encode(),
        _json(mapped.filters) if mapped.filters else _NULL,
        _json(mapped.fields),
        b"{%b}" % ",".join(mapped.emptied).encode() if mapped.emptied else _NULL,
        _json(mapped.problems) if mapped.problems else _NULL,
    )


def _json(content: Any) -> bytes:
    text = orjson.dumps(content)
    return text.replace(b"\\", b"\\\\") if b"\\" in text else text


def _escaped(text: str) -> bytes:
    if text.isalnum():
        return text.encode()
    for raw, told in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r"), ("\0", "")):
        text = text.replace(raw, told)
    return text.encode("utf-8", "replace")
