"""Pages of users: `GET /users`."""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from stand_ins.alma.options import AlmaOptions
from stand_ins.alma.replies import GENERAL, JSON, XML, RefusedError, encoded, wants_json
from stand_ins.alma.search import Search, parse
from stand_ins.alma.users import User, brief, primary_id_of, user_of
from stand_ins.alma.xml import users_xml
from stand_ins.asgi import Reply
from stand_ins.ils.calls import Call
from stand_ins.ils.folding import fold
from stand_ins.ils.patrons import Patron
from stand_ins.ils.population import Population
from stand_ins.ils.rows import Rows
from stand_ins.ils.views import Views

MOST, USUAL = 100, 10
ORDERS = ("last_name", "first_name", "primary_id")
Key = Callable[[int], Any]


class Listing:
    """
    Answers with a page of users.

    Users are sorted by name unless `order_by=primary_id` is given, so whoever comes or goes
    between two pages shifts the rest.
    """

    def __init__(self, population: Population, options: AlmaOptions) -> None:
        self._people = population
        self._options = options
        self._zone = ZoneInfo(options.zone)
        self._views = Views(population)
        self._written = Rows(population)
        self.search = Search(population, self._zone, self._views)

    def page(self, call: Call) -> Reply:
        """Answer with a page; raises `RefusedError`."""
        limit = min(_whole(call, "limit", USUAL), MOST)
        offset = _whole(call, "offset", 0)
        found = self._found(call)
        tweaks = call.tweaks
        total = len(found) + self._options.extra_total + tweaks.total_by
        indexes = found[offset : offset + limit]
        if tweaks.is_empty:
            indexes, total = (), 0
        if tweaks.drop:
            indexes = indexes[: -tweaks.drop]
        is_full = call.query.get("expand") == "full" and not self._options.is_older
        shape = "full" if is_full else f"http://{call.host}{call.path.rstrip('/')}"
        if not wants_json(call):
            users = [self._shaped(self._people.patron(index), shape) for index in indexes]
            return Reply(200, users_xml(users, total), XML)
        lines = self._written.of(
            indexes, shape, lambda patron: encoded(self._shaped(patron, shape))
        )
        return Reply(200, self._body(lines, total), JSON)

    def _body(self, lines: list[bytes], total: int) -> bytes:
        count = b'"total_record_count":%d}' % total
        if lines or self._options.empty_user == "list":
            return b'{"user":[' + b",".join(lines) + b"]," + count
        return b"{" + (b'"user":null,' if self._options.empty_user == "null" else b"") + count

    def _shaped(self, patron: Patron, shape: str) -> User:
        user = user_of(patron, self._zone)
        return user if shape == "full" else brief(user, shape)

    def _found(self, call: Call) -> Sequence[int]:
        """Return who is on the list, in order."""
        query, since = call.query.get("q", "").strip(), call.query.get("modify_date_from", "")
        if self._options.is_older:
            since = ""
        order = _order(call)
        if query and since:
            message = "The parameters q and modify_date_from are mutually exclusive."
            raise RefusedError(GENERAL, message)
        if query:
            # With a search there is no order by primary_id, not even among equal names.
            order = tuple(name for name in order if name != "primary_id") or ORDERS[:2]
            terms = parse(query)
            fits = self.search.fits(terms)
            if (few := self.search.few(terms)) is not None:
                return sorted((one for one in few if fits(one)), key=self._key(order))
            return self._views.indexes((terms, order), fits, self._key(order))
        return self._views.indexes((since, order), self._modified(since), self._key(order))

    def _modified(self, since: str) -> Callable[[int], bool] | None:
        if not since:
            return None
        try:
            day = datetime.strptime(since, "%Y-%m-%d").replace(tzinfo=self._zone)
        except ValueError:
            message = "The parameter modify_date_from must be in the format yyyy-MM-dd."
            raise RefusedError(GENERAL, message) from None
        first_s, updated = int(day.timestamp()), self._people.updated
        return lambda index: updated[index] >= first_s

    def _key(self, order: Hashable) -> Key:
        if order == ("primary_id",):
            return lambda index: fold(self._name(index)[2])
        if order == ORDERS[:2]:
            return lambda index: tuple(map(fold, self._name(index)[:2]))
        if order == ("first_name", "primary_id"):
            return lambda index: tuple(map(fold, self._name(index)[1:]))
        return lambda index: tuple(map(fold, self._name(index)))

    def _name(self, index: int) -> tuple[str, str, str]:
        """Return what users are sorted by."""
        patron = self._people.patron(index)
        if patron.raw:
            user = user_of(patron, self._zone)
            return str(user["last_name"]), str(user["first_name"]), str(user["primary_id"])
        return patron.last_name, patron.first_name, primary_id_of(index, patron.unique_id)


def _whole(call: Call, name: str, default: int) -> int:
    text = call.query.get(name) or str(default)
    if not text.isdecimal():
        message = f"The parameter {name} must be a number from 0."
        raise RefusedError(GENERAL, message)
    return int(text)


def _order(call: Call) -> tuple[str, ...]:
    """Read `order_by`; a name is followed by the primary id, so that there are no ties."""
    given = call.query.get("order_by") or ", ".join(ORDERS)
    names = tuple(name.strip() for name in given.split(",") if name.strip())
    if not names or any(name not in ORDERS for name in names):
        message = "The parameter order_by must be one of last_name, first_name, primary_id."
        raise RefusedError(GENERAL, message)
    match names[0]:
        case "primary_id":
            return ("primary_id",)
        case "first_name":
            return ("first_name", "primary_id")
        case _:
            return ORDERS
