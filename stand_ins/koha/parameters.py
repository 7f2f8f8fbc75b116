"""The parameters of a list: filters on columns, `q`, order, page and embeds."""

import json
from dataclasses import dataclass
from datetime import datetime

from stand_ins.asgi import Reply
from stand_ins.ils.calls import Call
from stand_ins.koha.fields import COLUMNS, COMPUTED, EMBEDS, Kind
from stand_ins.koha.query_tree import All, Compare, Node, QueryError, parse, read
from stand_ins.koha.replies import invalid, malformed, server_error
from stand_ins.koha.rows import KohaRows
from stand_ins.koha.search import Order

_RESERVED = ("_match", "_order_by", "_page", "_per_page", "q")
_PATTERNS = {"contains": "%{}%", "starts_with": "{}%", "ends_with": "%{}"}
_MATCHES = ("contains", "exact", "starts_with", "ends_with")


class BadCallError(Exception):
    """The parameters are refused; `reply` says why."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a list was asked for; `per_page` -1 is everything on one page."""

    query: All
    order: Order
    page: int
    per_page: int
    embeds: frozenset[str]


def read_parameters(call: Call, rows: KohaRows, page_size: int) -> Parameters:
    """Read and check everything that a list takes; raises `BadCallError`."""
    unknown = [name for name in call.query if name not in _RESERVED and name not in COLUMNS]
    if unknown:
        raise BadCallError(malformed(unknown))
    page, per_page = _whole(call, "_page", 1), _whole(call, "_per_page", page_size)
    if page < 1:
        raise BadCallError(invalid(f"{page} < minimum(1)", "/_page"))
    if per_page < 1 and per_page != -1:
        raise BadCallError(server_error())
    try:
        return Parameters(_query(call, rows), _order(call), page, per_page, read_embeds(call))
    except QueryError as problem:
        reply = server_error() if problem.status == 500 else invalid(str(problem), "/q")
        raise BadCallError(reply) from None


def read_embeds(call: Call) -> frozenset[str]:
    """Read the header `x-koha-embed`; raises `BadCallError`."""
    names = [one.strip() for one in call.headers.get("x-koha-embed", "").split(",") if one.strip()]
    for place, name in enumerate(names):
        if name not in EMBEDS:
            message = f"Not in enum list: {', '.join(EMBEDS)}."
            raise BadCallError(invalid(message, f"/x-koha-embed/{place}"))
    return frozenset(names)


def _whole(call: Call, name: str, default: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise BadCallError(invalid("Expected integer - got string.", f"/{name}")) from None


def _query(call: Call, rows: KohaRows) -> All:
    """Put everything together that must hold."""
    match = call.query.get("_match", "contains")
    if match not in _MATCHES:
        raise BadCallError(invalid(f"Not in enum list: {', '.join(_MATCHES)}.", "/_match"))
    parts: list[Node] = [
        _filter(name, value, match, rows) for name, value in call.query.items() if name in COLUMNS
    ]
    parts += [parse(value) for name, value in call.pairs if name == "q"]
    if header := call.headers.get("x-koha-query"):
        parts.append(parse(header.encode("latin-1").decode("utf-8", "replace")))
    if call.body.strip():
        try:
            parts.append(read(json.loads(call.body)))
        except ValueError:
            raise BadCallError(invalid("Malformed JSON", "/body")) from None
    return All(tuple(parts))


def _filter(name: str, value: str, match: str, rows: KohaRows) -> Compare:
    """Make a condition of a column's own parameter, which has a type, unlike values in `q`."""
    kind = COLUMNS[name]
    if kind is Kind.INT and not value.lstrip("-").isdecimal():
        raise BadCallError(invalid("Expected integer - got string.", f"/{name}"))
    if kind is Kind.BOOL:
        if value not in ("true", "false", "1", "0"):
            raise BadCallError(invalid("Expected boolean - got string.", f"/{name}"))
        return Compare(name, "=", value in ("true", "1"))
    if kind is Kind.TIME:
        try:
            value = rows.in_zone(datetime.fromisoformat(value))
        except ValueError:
            raise BadCallError(invalid("Does not match date-time format.", f"/{name}")) from None
    if match == "exact":
        return Compare(name, "=", value)
    escaped = value.replace("\\", "\\\\")
    return Compare(name, "like", _PATTERNS[match].format(escaped))


def _order(call: Call) -> Order:
    """Read `_order_by`: `+` or a blank ascends, `-` descends; raises `BadCallError`."""
    given = [one for name, value in call.pairs if name == "_order_by" for one in value.split(",")]
    order = tuple((one.lstrip("+- ").removeprefix("me."), one.startswith("-")) for one in given)
    if any(name not in COLUMNS or name in COMPUTED for name, _ in order):
        raise BadCallError(server_error())
    return order
