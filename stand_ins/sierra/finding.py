"""`GET patrons/find` and `GET patrons/{id}`: one record, by a variable field or by its number."""

from stand_ins.asgi import JSON, Reply
from stand_ins.ils.calls import Call
from stand_ins.ils.patrons import Patron
from stand_ins.ils.population import Population
from stand_ins.sierra.errors import SierraError
from stand_ins.sierra.fields import parse_fields, row_of
from stand_ins.sierra.var_fields import plain_fields

_NEARLY_INDEXED = frozenset("buz")


def got(call: Call, people: Population, number: str) -> Reply:
    """Answer `GET patrons/{id}`; of a deleted record there is a stub."""
    if not (number.isascii() and number.isdigit()):
        raise SierraError(101, f"Number format error : {number}")
    index = people.index_of(int(number))
    if index is None:
        raise SierraError(107)
    return Reply(200, row_of(people.patron(index), parse_fields(call.query.get("fields"))), JSON)


def found(call: Call, people: Population) -> Reply:
    """Answer `GET patrons/find`: 404 for none, 409 with code 133 for more than one."""
    tag, content = call.query.get("varFieldTag"), call.query.get("varFieldContent")
    if not tag or not content:
        raise SierraError(105, "varFieldTag and varFieldContent are required")
    names = parse_fields(call.query.get("fields"))
    indexes = with_content(people, tag, content)
    if not indexes:
        raise SierraError(107)
    if len(indexes) > 1:
        raise SierraError(133, "Multiple records found")
    return Reply(200, row_of(people.patron(indexes[0]), names), JSON)


def with_content(people: Population, tag: str, content: str) -> list[int]:
    """Return the living patrons with this variable field, in any case; e-mails also one of many."""
    wanted = content.strip().casefold()

    def has(patron: Patron) -> bool:
        texts = [text.casefold() for one, text in plain_fields(patron) if one == tag]
        return wanted in texts or (tag == "z" and wanted in ",".join(texts).split(","))

    near = people.candidates(content) if tag in _NEARLY_INDEXED else range(people.size)
    return list(people.where(has, near))
