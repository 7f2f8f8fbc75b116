"""
Write the generated pages and pictures of ``docs/``: ``make docs-pages``.

With ``--check`` nothing is written, and the exit code is 1 when one of them is not what would be
written.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from docs import generate_dags
from docs.generators import commands, decisions, licences, pictures, settings

DOCS = Path(__file__).resolve().parent
PAGES: dict[str, Callable[[], str]] = {
    "commands.md": commands.page,
    "dags.md": lambda: generate_dags.page(sorted((DOCS.parent / "dags").glob("*.py"))),
    "decisions/README.md": decisions.page,
    "licences.md": licences.page,
    "settings.md": settings.page,
    **pictures.PICTURES,
}


def main(arguments: list[str]) -> int:
    """Write what is not current, or with ``--check`` name it; return the exit code."""
    stale = list(stale_pages())
    for name, text in stale:
        if "--check" in arguments:
            sys.stderr.write(f"docs/{name} is not current; run make docs-pages\n")
        else:
            (DOCS / name).write_text(text, encoding="utf-8")
            sys.stdout.write(f"docs/{name}\n")
    return 1 if stale and "--check" in arguments else 0


def stale_pages() -> Iterator[tuple[str, str]]:
    """Yield name and new text of each page that is not what it should be."""
    for name, make in PAGES.items():
        text, path = make(), DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield name, text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
