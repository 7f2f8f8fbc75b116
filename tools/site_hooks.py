"""
What MkDocs does beyond its settings when it builds the site (``hooks`` in ``mkdocs.yml``).

The documents are written for readers of the repository: they link to files anywhere in it, and
indent lists by the width of the bullet. Here files outside ``docs/`` become pages or attachments of
the site, links are pointed at them, and lists are indented as MkDocs wants it.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

PROJECT_DIR = Path(__file__).resolve().parents[1]
PAGES = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks.md",
}
"""Documents outside ``docs/`` that are pages of the site, and their names there."""

ELSEWHERE = {"README.md": "index.md", "docs/decisions": "decisions/README.md"}
"""What has another page in its place."""

_LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?\)")  # its text may begin on the line before
_ITEM = re.compile(r"( *)(?:[*+-]|\d+\.) +")
_FENCE = re.compile(r" *(```|~~~)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the documents that lie outside ``docs/``."""
    for path, name in PAGES.items():
        files.append(File.generated(config, name, abs_src_path=str(PROJECT_DIR / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links at pages and attachments of the site, and indent lists."""
    source = _source(page.file.src_uri)
    attached: set[str] = set()
    text = "\n".join(_linked(list(_indented(markdown)), source, page.file.src_uri, attached))
    for path in sorted(attached):
        if files.get_file_from_path(f"files/{path}") is None:
            where = str(PROJECT_DIR / path)
            files.append(File.generated(config, f"files/{path}", abs_src_path=where))
    return text


def _source(name: str) -> str:
    """Return where a page of the site lies in the repository."""
    return next((path for path, page in PAGES.items() if page == name), f"docs/{name}")


def _linked(lines: list[str], source: str, name: str, attached: set[str]) -> Iterator[str]:
    is_code = False
    for line in lines:
        is_code ^= bool(_FENCE.match(line))
        yield (
            line
            if is_code
            else _LINK.sub(
                lambda match: (
                    f"{match[1]}{_target(match[2], source, name, attached)}{match[3] or ''})"
                ),
                line,
            )
        )


def _target(link: str, source: str, name: str, attached: set[str]) -> str:
    """Return where a link of a document leads on the site; others stay as they are."""
    if re.match(r"[a-z]+:", link):
        return link
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    page = PAGES.get(path) or ELSEWHERE.get(path) or path.removeprefix("docs/")
    if page == path and not path.startswith("docs/"):
        if path.startswith("..") or not (PROJECT_DIR / path).is_file():
            return link  # MkDocs says that there is no such file
        attached.add(path)
        page = f"files/{path}"
    return os.path.relpath(page, posixpath.dirname(name) or ".")


def _indented(markdown: str) -> Iterator[str]:
    """Yield the lines with what belongs to a list item four blanks further in than the item."""
    depths: list[int] = []  # where the text of each item around begins
    is_code, was_blank = False, True
    for line in markdown.split("\n"):
        blanks = len(line) - len(line.lstrip(" "))
        item = None if is_code else _ITEM.match(line)
        if not line.strip():
            yield line
            was_blank = True
            continue
        if item or (was_blank and not is_code):
            while depths and blanks < depths[-1]:
                depths.pop()
        depth = depths[-1] if depths else 0
        yield " " * (4 * len(depths)) + line[min(blanks, depth) :]
        if item:
            depths.append(len(item[0]))
        is_code ^= bool(_FENCE.match(line))
        was_blank = False
