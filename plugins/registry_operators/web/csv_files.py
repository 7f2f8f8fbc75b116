"""Lists as CSV files, streamed, in which no spreadsheet finds a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from fastapi.responses import StreamingResponse

from registry_operators.domain.csv_cell import plain


def csv_file(
    name: str, columns: Sequence[str], pages: Iterable[Iterable[Sequence[object]]]
) -> StreamingResponse:
    """
    Answer with a CSV file: UTF-8 with a mark at its beginning, by which spreadsheets know it.

    :param name: Of the file, without its ending; made of fixed words and ids, never of values.
    :param pages: Rows, some at a time; each page is fetched when the one before has been sent.
    """
    return StreamingResponse(
        _lines(columns, pages),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _lines(columns: Sequence[str], pages: Iterable[Iterable[Sequence[object]]]) -> Iterator[str]:
    yield "\ufeff" + _text([columns])
    for rows in pages:
        yield _text(rows)


def _text(rows: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([plain(cell) for cell in row] for row in rows)
    return buffer.getvalue()
