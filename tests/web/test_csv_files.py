"""Lists as files: no cell is a formula, and nothing is read before it is sent."""

from __future__ import annotations

import asyncio
import csv
import io

import pytest

from registry_operators.domain.csv_cell import plain
from registry_operators.web.csv_files import csv_file


def content(answer):
    async def read():
        return [part async for part in answer.body_iterator]

    return asyncio.run(read())


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", " @x", '="=1"'],
)
def test_what_a_spreadsheet_would_calculate_becomes_text(value) -> None:
    assert plain(value) == f"'{value}"


@pytest.mark.parametrize(
    ("value", "cell"),
    [("N·······61", "N·······61"), ("", ""), (None, ""), (0, "0"), (-3, "-3"), ("a=b", "a=b"),
     (True, "True")],
)  # fmt: skip
def test_anything_else_stays_as_it_is(value, cell) -> None:
    assert plain(value) == cell


def test_a_file_can_be_read_again() -> None:
    rows: list[list[object]] = [["a,b", 'say "so"', None], ["æøå", "two\nlines", 7]]

    parts = content(csv_file("name", ("x", "y", "z"), [rows]))

    text = "".join(parts)
    assert text.startswith("\ufeff")
    assert list(csv.reader(io.StringIO(text[1:]))) == [
        ["x", "y", "z"], ["a,b", 'say "so"', ""], ["æøå", "two\nlines", "7"]
    ]  # fmt: skip


def test_a_file_is_sent_page_by_page() -> None:
    read = []

    def pages():
        for number in range(3):
            read.append(number)
            yield [[number]]

    answer = csv_file("name", ("n",), pages())

    assert read == []
    assert len(content(answer)) == 4
