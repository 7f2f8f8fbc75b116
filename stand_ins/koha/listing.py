"""Pages of patrons, and what their headers say of the whole."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from stand_ins.asgi import Reply
from stand_ins.hashing import mix
from stand_ins.ils.calls import Call
from stand_ins.ils.patrons import Patron
from stand_ins.ils.population import Population
from stand_ins.ils.rows import Rows
from stand_ins.koha.options import KohaOptions
from stand_ins.koha.parameters import Parameters, read_parameters
from stand_ins.koha.replies import JSON, encoded
from stand_ins.koha.rows import KohaRows
from stand_ins.koha.search import Search

_ANY_ORDER = 71


class Listing:
    """Answers `/patrons` and `/deleted/patrons`."""

    def __init__(self, population: Population, rows: KohaRows, options: KohaOptions) -> None:
        self.search = Search(population, rows)
        self._people = population
        self._rows = rows
        self._options = options
        self._written = Rows(population)

    def living(self, call: Call) -> Reply:
        """Answer with a page of patrons; raises `BadCallError`."""
        asked = read_parameters(call, self._rows, self._options.page_size)
        found = self.search.found(asked.query, asked.order)
        if self._options.is_unordered and not asked.order:
            version = self._people.version
            found = sorted(found, key=lambda index: mix(index, version, _ANY_ORDER))
        total = self._people.size - self._people.deleted_count
        return self._page(call, asked, found, total)

    def deleted(self, call: Call) -> Reply:
        """Answer with a page of deleted patrons; raises `BadCallError`."""
        asked = read_parameters(call, self._rows, self._options.page_size)
        everybody = [index for index, day in enumerate(self._people.deleted) if day]
        self._rows.note_deleted(everybody)
        fits = self.search.fits(asked.query)
        found = self.search.ordered([one for one in everybody if fits(one)], asked.order)
        return self._page(call, asked, found, len(everybody))

    def _page(self, call: Call, asked: Parameters, found: Sequence[int], base: int) -> Reply:
        tweaks = call.tweaks
        total = 0 if tweaks.is_empty else len(found) + tweaks.total_by
        first = 0 if asked.per_page == -1 else (asked.page - 1) * asked.per_page
        last = len(found) if asked.per_page == -1 else first + asked.per_page
        indexes = () if tweaks.is_empty else found[first:last]
        if tweaks.drop:
            indexes = indexes[: -tweaks.drop]
        reply = Reply(200, b"[" + b",".join(self._lines(indexes, asked.embeds)) + b"]", JSON)
        reply.headers += [
            (b"x-total-count", b"%d" % total),
            (b"x-base-total-count", b"%d" % (base + tweaks.total_by)),
        ]
        links = list(_links(call, asked, total))
        if self._options.joined_links:
            links = [",".join(links)]
        reply.headers += [(b"link", link.encode()) for link in links]
        return reply

    def _lines(self, indexes: Sequence[int], embeds: frozenset[str]) -> list[bytes]:
        # A row says whether it has expired, so tomorrow it may be another.
        shape = f"{self._rows.today()} {sorted(embeds)}"

        def render(patron: Patron) -> bytes:
            row = self._rows.served(patron)
            return encoded(row | self._rows.embeds(patron, row, embeds) if embeds else row)

        return self._written.of(indexes, shape, render)


def _links(call: Call, asked: Parameters, total: int) -> Iterator[str]:
    """Name the pages around this one; with no rows the last page is 0."""
    size = asked.per_page
    pages = 1 if size == -1 else -(-total // size)
    page = 1 if size == -1 else asked.page
    given = [pair for pair in call.pairs if pair[0] not in ("_page", "_per_page")]

    def link(number: int, relation: str) -> str:
        query = urlencode([*given, ("_page", number), ("_per_page", size)])
        return f'<http://{call.host}{call.path}?{query}>; rel="{relation}"'

    if pages > 1 and page > 1:
        yield link(page - 1, "prev")
    if pages > 1 and page < pages:
        yield link(page + 1, "next")
    yield link(1, "first")
    yield link(pages, "last")
