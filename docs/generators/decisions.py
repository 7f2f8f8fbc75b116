"""Make ``docs/decisions/README.md``, the list of all decision records, from their headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "decisions"
_HEAD = """\
# Decisions

Written by `make docs-pages` from the records themselves; do not edit this page. Each record says
what had to be decided, what was decided, what that wins and costs, and what was rejected. A record
is not changed later: a new one supersedes it.

| Decision | Date | Status |
| --- | --- | --- |
"""


class RecordError(Exception):
    """A record lacks its heading, date or status, or its number does not fit its file name."""


def page() -> str:
    """
    Return the page.

    :raises RecordError: A record has not the form of the others.
    """
    return _HEAD + "".join(_rows())


def _rows() -> Iterator[str]:
    for file in sorted(FOLDER.glob("[0-9]*.md")):
        text = file.read_text(encoding="utf-8")
        title = re.match(r"# (\d{4})\. (.+)\n", text)
        date = re.search(r"^Date: (\d{4}-\d\d-\d\d)$", text, flags=re.MULTILINE)
        status = re.search(r"^Status: (.+)$", text, flags=re.MULTILINE)
        if not (title and date and status) or not file.name.startswith(f"{title[1]}-"):
            raise RecordError(f"{file.name}: needs '# {file.name[:4]}. Title', Date: and Status:")
        yield f"| [{title[1]}. {title[2]}]({file.name}) | {date[1]} | {status[1]} |\n"
