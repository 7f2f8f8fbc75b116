"""Lists as CSV files, streamed, in which no spreadsheet finds a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from fastapi.responses import StreamingResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


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


def plain(value: object) -> str:
    """
    Return a cell that a spreadsheet takes for text.

    >>> plain("=1+1"), plain("N101"), plain(None), plain(-3)
    ("'=1+1", 'N101', '', '-3')
    """
    if value is None:
        return ""
    text = str(value)
    is_risky = isinstance(value, str) and text.lstrip().startswith(_FORMULA)
    return f"'{text}" if is_risky or text.startswith(("\t", "\r", "\n")) else text


def _lines(columns: Sequence[str], pages: Iterable[Iterable[Sequence[object]]]) -> Iterator[str]:
    yield "\ufeff" + _text([columns])
    for rows in pages:
        yield _text(rows)


def _text(rows: Iterable[Sequence[object]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([plain(cell) for cell in row] for row in rows)
    return buffer.getvalue()
