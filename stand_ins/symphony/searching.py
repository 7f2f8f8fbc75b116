"""
`GET /user/patron/search`: patrons by the indexes that this site has.

`q` is `INDEX:value`, several separated by commas, values with commas in quotes; `j` is AND or OR
between them. `rw` is the number of the first row, counted from 1; `ct` how many rows. Deleted
patrons stay in the indexes: they count in `totalResults` and come as null. There is no way to
ask for all patrons or for changed ones; who wants all goes through an index such as LIBRARY or
PROFILE, if the site has one. Sources: multnomah-county-it/libilsws, searchPatron and
searchAuthenticate; EPL SymWS.cfc.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from stand_ins.asgi import JSON, Reply
from stand_ins.ils.calls import Call
from stand_ins.ils.patrons import Patron
from stand_ins.ils.population import Population
from stand_ins.ils.rows import Rows
from stand_ins.symphony.include_fields import check_names, parse_include
from stand_ins.symphony.messages import SymphonyError
from stand_ins.symphony.policies import CATEGORY_KEYS, LIBRARIES, PROFILES
from stand_ins.symphony.records import Records

DEFAULT_ROWS = 10
MAX_ROWS = 1000
_TERM = re.compile(r'\s*(\w+):(?:"([^"]*)"|([^,]*))(?:,|$)')
_COLUMNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "LIBRARY": ("library", tuple(key for key, _ in LIBRARIES)),
    "PROFILE": ("kind", tuple(key for key, _ in PROFILES)),
    "CAT1": ("category", CATEGORY_KEYS),
}
_EXACT: dict[str, Callable[[Patron], Iterable[str]]] = {
    "ID": lambda p: p.barcodes,
    "ALT_ID": lambda p: (p.unique_id,),
    "webAuthID": lambda p: (f"w{p.nth}",),
    "EMAIL": lambda p: p.emails,
}
_SCANNED: dict[str, Callable[[Patron, str], bool]] = {
    "NAME": lambda p, value: _words(value) <= _words(f"{p.last_name} {p.first_name}"),
    "BIRTHDATE": lambda p, value: p.birth_on is not None and p.birth_on == _date(value),
    "PHONE": lambda p, value: any(phone.endswith(value.lstrip("+")) for phone in p.phones),
    "STREET": lambda p, value: value.casefold() in p.street.casefold(),
}
INDEXES = (*_EXACT, *_SCANNED, *_COLUMNS)
_KEPT = 8


class Search:
    """Finds patrons; what was found is kept until anything changes, for the pages that follow."""

    def __init__(self, people: Population, records: Records, indexes: Sequence[str]) -> None:
        self.indexes = tuple(indexes)
        self._people = people
        self._records = records
        self._rows = Rows(people)
        self._found: OrderedDict[tuple[str, bool, int], Sequence[int]] = OrderedDict()

    def warm(self, include: str) -> None:
        """Render all records with these `includeFields` beforehand."""
        wanted = parse_include(include)
        self._rows.warm(include, lambda patron: self._records.row(patron, wanted))

    def answer(self, call: Call) -> Reply:
        """Answer a search; raises `SymphonyError`."""
        # Who writes a second "?" instead of "&" gets the default fields, and is not told.
        query = call.query.get("q", "").partition("?")[0]
        first = _number(call.query.get("rw"), 1, "rw")
        count = min(_number(call.query.get("ct"), DEFAULT_ROWS, "ct"), MAX_ROWS)
        include = call.query.get("includeFields", "")
        wanted = parse_include(include)
        check_names(wanted, self._records.names)
        matches = self._matches(query, is_or=call.query.get("j", "AND").upper() == "OR")
        page = matches[first - 1 : first - 1 + count]
        deleted = self._people.deleted
        living = [index for index in page if not deleted[index]]
        rows = iter(self._rows.of(living, include, lambda p: self._records.row(p, wanted)))
        result = [b"null" if deleted[index] else next(rows) for index in page]
        if call.tweaks.is_empty or call.tweaks.drop:
            keep = 0 if call.tweaks.is_empty else max(len(result) - call.tweaks.drop, 0)
            result = result[:keep]
        total = 0 if call.tweaks.is_empty else max(len(matches) + call.tweaks.total_by, 0)
        head = (
            f'{{"searchQuery":{json.dumps(query)},"startRow":{first},'
            f'"lastRow":{first + len(result) - 1},"rowsPerPage":{count},"totalResults":{total},'
            '"result":['
        )
        return Reply(200, b"%b%b]}" % (head.encode(), b",".join(result)), JSON)

    def _matches(self, query: str, *, is_or: bool) -> Sequence[int]:
        """Return the indexes of all patrons found, deleted ones too, in the order of their keys."""
        asked = query, is_or, self._people.version
        if asked in self._found:
            return self._found[asked]
        sets = [self._term(name, value) for name, value in _terms(query)]
        if not sets:
            raise SymphonyError(400, "badSearchQuery", "q must be INDEX:value.")
        found = sorted(set.union(*sets) if is_or else set.intersection(*sets))
        self._found[asked] = found
        if len(self._found) > _KEPT:
            self._found.popitem(last=False)
        return found

    def _term(self, name: str, value: str) -> set[int]:
        if name not in self.indexes:
            raise SymphonyError(400, "unknownIndex", f"There is no search index {name}.")
        people, wanted = self._people, value.casefold()
        if name in _COLUMNS:
            column, keys = _COLUMNS[name]
            code = keys.index(value.upper()) if value and value.upper() in keys else -1
            return {index for index, one in enumerate(people.codes[column]) if one == code}
        if name in _EXACT:
            texts = _EXACT[name]
            near = people.candidates(value)
            return {
                index
                for index in near
                if any(text.casefold() == wanted for text in texts(people.patron(index)))
            }
        fits = _SCANNED[name]
        return {index for index in range(people.size) if fits(people.patron(index), value)}


def _terms(query: str) -> list[tuple[str, str]]:
    terms, at = [], 0
    while at < len(query):
        term = _TERM.match(query, at)
        if term is None:
            raise SymphonyError(400, "badSearchQuery", "q must be INDEX:value.")
        terms.append((term[1], (term[2] if term[2] is not None else term[3]).strip()))
        at = term.end()
    return terms


def _number(text: str | None, default: int, name: str) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and int(text)):
        raise SymphonyError(400, "badRequest", f"{name} must be a number from 1.")
    return int(text)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w']+", text.casefold()))


def _date(text: str) -> date | None:
    """Read a date as clients write it in `q`: 20040319, 2004-03-19 or 03/19/2004."""
    form = "%m/%d/%Y" if "/" in text else "%Y%m%d"
    try:
        return datetime.strptime(text.replace("-", ""), form).date()  # noqa: DTZ007 - only a date
    except ValueError:
        return None
