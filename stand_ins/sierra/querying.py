"""
`POST patrons/query`: links to the records that a JSON query finds.

One query is `{"target": {"record": {"type": "patron"}, "id": 47}, "expr": {"op", "operands"}}`,
with a fixed field's number as `id`, or a variable field as `"field": {"tag": "z"}`. Several stand
in `{"queries": [one, "and", other]}` and are worked off from left to right.
"""

import json
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from stand_ins.asgi import Reply
from stand_ins.ils.calls import Call
from stand_ins.ils.patrons import Patron
from stand_ins.ils.population import Population
from stand_ins.sierra.codes import LIBRARIES, PATRON_TYPES, PCODE3
from stand_ins.sierra.errors import SierraError
from stand_ins.sierra.fixed_fields import FIXED_FIELDS
from stand_ins.sierra.listing import page, parse_page
from stand_ins.sierra.var_fields import plain_fields

_COLUMNS: dict[int, tuple[str, Sequence[tuple[int | str, str]]]] = {
    46: ("category", PCODE3),
    47: ("kind", PATRON_TYPES),
    53: ("library", LIBRARIES),
}
"""Fixed fields that stand in a column, so that a query need not make every patron."""
_OPERATORS: dict[str, Callable[[str, list[str]], bool]] = {
    "equals": lambda value, given: _key(value) == _key(given[0]),
    "not_equal": lambda value, given: _key(value) != _key(given[0]),
    "greater_than": lambda value, given: _key(value) > _key(given[0]),
    "less_than": lambda value, given: _key(value) < _key(given[0]),
    "greater_than_or_equal": lambda value, given: _key(value) >= _key(given[0]),
    "less_than_or_equal": lambda value, given: _key(value) <= _key(given[0]),
    "between": lambda value, given: _key(given[0]) <= _key(value) <= _key(given[1]),
    "has": lambda value, given: given[0].casefold() in value.casefold(),
    "starts_with": lambda value, given: value.casefold().startswith(given[0].casefold()),
    "ends_with": lambda value, given: value.casefold().endswith(given[0].casefold()),
    "exists": lambda value, _: value != "",
    "not_exist": lambda value, _: value == "",
}


def queried(call: Call, people: Population) -> Reply:
    """Answer a query; nothing found is an empty list. Raises `SierraError` 115 or 130."""
    try:
        body = json.loads(call.body or b"{}")
    except ValueError:
        raise SierraError(130, "Please check the JSON syntax") from None
    offset, limit = parse_page(call)
    found = sorted(_evaluated(people, body))
    base = f"http://{call.host}{call.path.removesuffix('/').removesuffix('/query')}"
    links = [
        f'{{"link":"{base}/{people.id_of(index)}"}}'.encode()
        for index in islice(found, offset, offset + limit)
    ]
    return page(links, offset, call.tweaks)


def _evaluated(people: Population, body: Any) -> set[int]:
    """Return the living patrons that a query, or several with words between them, find."""
    queries = body.get("queries", [body]) if isinstance(body, dict) else None
    if not isinstance(queries, list) or len(queries) % 2 == 0:
        raise SierraError(115, "JSON object missing field or field has invalid data")
    found = _one(people, queries[0])
    for word, query in zip(queries[1::2], queries[2::2], strict=True):
        other = _one(people, query)
        found = found & other if str(word).lower() == "and" else found | other
    return found


def _one(people: Population, query: Any) -> set[int]:
    try:
        target, expression = query["target"], query["expr"]
        if not isinstance(expression, dict):
            expression = expression[0]
        holds = _OPERATORS[expression["op"]]
        given = [str(one) for one in expression.get("operands", [])]
        tag = target.get("field", {}).get("tag")
        number = 0 if tag else int(target["id"])
        holds("", given)
        field = None if tag else FIXED_FIELDS[number]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        msg = "JSON object missing field or field has invalid data"
        raise SierraError(115, msg) from None
    if number in _COLUMNS and field is not None:
        name, codes = _COLUMNS[number]
        wanted = {at for at, (code, _) in enumerate(codes) if holds(str(code), given)}
        column = people.codes[name]
        return {index for index in people.living() if column[index] in wanted}

    def fits(patron: Patron) -> bool:
        if field is not None:
            return holds(str(field[1](patron)), given)
        texts = [text for one, text in plain_fields(patron) if one == tag]
        return any(holds(text, given) for text in texts or [""])

    return set(people.where(fits, range(people.size)))


def _key(text: str) -> tuple[int, float, str]:
    """Return something to compare by: numbers as numbers, all else as text without padding."""
    text = text.strip().casefold()
    return (0, float(text), "") if text.replace(".", "", 1).isdigit() else (1, 0.0, text)
