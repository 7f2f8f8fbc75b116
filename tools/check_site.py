"""
Check a built site: ``check_site.py .local/site``.

Every link leads to a file of the site, and if it names a place in a page, the place is there. No
page loads anything from elsewhere: no script, style, font or picture. Links to other sites are
listed and not followed; ``--external`` prints them.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADS = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"),
          ("link", "href"), ("object", "data"), ("use", "href")}  # fmt: skip
_POINTS = {"canonical", "prev", "next", "alternate", "edit"}
"""Kinds of ``<link>`` that a browser does not load."""
_FROM_STYLE = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")


@dataclass(slots=True)
class Page(HTMLParser):
    """
    What a page links to, what it loads, and the places in it that can be named.

    :param links: Targets of ``<a>``, as they are written.
    :param loads: What a browser fetches with the page.
    """

    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin with an empty document."""
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element links to or loads, and its id."""
        values = {name: value or "" for name, value in attrs}
        if place := values.get("id") or values.get("name" if tag == "a" else "id"):
            self.places.add(place)
        if tag == "a" and "href" in values:
            self.links.append(values["href"])
        if tag == "link" and values.get("rel") in _POINTS:
            return
        if "mermaid" in values.get("class", "").split():
            self.loads.append("https://unpkg.com/mermaid")  # the theme would fetch it to draw this
        self.loads += [values[name] for kind, name in _LOADS if kind == tag and values.get(name)]


def main(site: Path, *options: str) -> int:
    """Tell what is wrong, and how many links lead elsewhere; return the exit code."""
    pages = {path: read_page(path) for path in sorted(site.rglob("*.html"))}
    problems = [*broken_links(site, pages), *loaded_from_elsewhere(site, pages)]
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    elsewhere = external_links(pages)
    if "--external" in options:
        for link, count in sorted(elsewhere.items()):
            sys.stdout.write(f"{link} ({count} times)\n")
    links = sum(len(page.links) for page in pages.values())
    sys.stdout.write(
        f"{len(pages)} pages, {links} links, {len(elsewhere)} other addresses (not asked), "
        f"{len(problems)} problems\n"
    )
    return 1 if problems or not pages else 0


def read_page(path: Path) -> Page:
    """Return what a page holds."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def broken_links(site: Path, pages: dict[Path, Page]) -> Iterator[str]:
    """Yield a line for each link and each loaded file that is not there."""
    for path, page in pages.items():
        for link in (*page.links, *page.loads):
            if is_external(link) or link.startswith(("data:", "javascript:")):
                continue
            target, place = _resolved(site, path, link)
            where = f"{path.relative_to(site)}: {link}"
            if not target.is_file():
                yield f"{where} leads nowhere"
            elif place and target.suffix == ".html" and place not in pages[target].places:
                yield f"{where}: there is no such place in the page"


def loaded_from_elsewhere(site: Path, pages: dict[Path, Page]) -> Iterator[str]:
    """Yield a line for each thing that a reader's browser would fetch from another server."""
    for path, page in pages.items():
        for link in page.loads:
            if is_external(link):
                yield f"{path.relative_to(site)}: loads {link}"
    for path in sorted(site.rglob("*.css")):
        for one, other in _FROM_STYLE.findall(path.read_text(encoding="utf-8")):
            if is_external(one or other):
                yield f"{path.relative_to(site)}: loads {one or other}"


def external_links(pages: dict[Path, Page]) -> dict[str, int]:
    """Return how often each address of another site is linked to."""
    found: dict[str, int] = defaultdict(int)
    for page in pages.values():
        for link in filter(is_external, page.links):
            found[link] += 1
    return dict(found)


def is_external(link: str) -> bool:
    """Tell whether a link leaves the site."""
    return bool(urlsplit(link).netloc) or link.startswith("mailto:")


def _resolved(site: Path, path: Path, link: str) -> tuple[Path, str]:
    """Return the file that a link leads to, and the place in it."""
    parts = urlsplit(link)
    name = unquote(parts.path)
    target = path if not name else site / name.lstrip("/") if name[0] == "/" else path.parent / name
    target = target.resolve()
    return (target / "index.html" if target.is_dir() else target), unquote(parts.fragment)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), *sys.argv[2:]))
