"""Looking at patrons and changing them behind the protocol's back."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from stand_ins.ils import changing
from stand_ins.ils.calls import System
from stand_ins.ils.clock import stamp
from stand_ins.ils.errors import AdminError
from stand_ins.ils.patrons import ABSENT, CATEGORIES, KINDS, LIBRARIES, Patron, is_suppressed
from stand_ins.ils.population import Population

MAX_LISTED = 10_000
_DATES = ("birth_on", "expires_on")
_MANY = ("barcodes", "emails", "phones")
_NAMED = {"kind": KINDS, "library": LIBRARIES, "category": CATEGORIES}
_TEXTS = ("unique_id", "first_name", "last_name", "sex", "street", "place", "second_address")


def shown(patron: Patron) -> dict[str, Any]:
    """Describe a patron in values that JSON can hold."""
    return {
        **{name: list(getattr(patron, name)) for name in _MANY},
        **{name: names[getattr(patron, name)] for name, names in _NAMED.items()},
        **{name: getattr(patron, name) for name in ("id", *_TEXTS, "owed_cents")},
        "index": patron.nth,
        **{name: _iso(getattr(patron, name)) for name in (*_DATES, "deleted_on")},
        "created_at": stamp(patron.created_s),
        "updated_at": stamp(patron.updated_s),
        "is_suppressed": is_suppressed(patron.nth),
    }


def listing(system: System, query: Mapping[str, Any]) -> dict[str, Any]:
    """Return one patron, or patrons ordered by id; deleted ones too."""
    people = system.population
    if "id" in query:
        return {"patrons": [shown(people.patron(_index(people, query["id"])))]}
    try:
        after, limit = int(query.get("after", 0)), int(query.get("limit", 100))
    except ValueError:
        msg = "after and limit must be numbers"
        raise AdminError(msg) from None
    first = people.index_from(after + 1)
    last = min(people.size, first + max(0, min(limit, MAX_LISTED)))
    return {"patrons": [shown(people.patron(index)) for index in range(first, last)]}


def patch(system: System, body: Mapping[str, Any]) -> dict[str, Any]:
    """Change some fields of a patron; what is not named stays."""
    people = system.population
    index = _index(people, body.get("id"))
    fields = body.get("fields", {})
    if not isinstance(fields, dict):
        msg = "fields must be an object"
        raise AdminError(msg)
    values: dict[str, Any] = {name: _value(name, value) for name, value in fields.items()}
    if "raw" in body or "absent" in body:
        absent = body.get("absent", [])
        if not isinstance(absent, list):
            msg = "absent must be a list of fields"
            raise AdminError(msg)
        values["raw"] = {
            **people.patron(index).raw,
            **system.admin_fields(body.get("raw", {})),
            **dict.fromkeys(system.admin_fields(dict.fromkeys(absent)), ABSENT),
        }
    people.set(index, values, at_s=_seconds(body.get("updated_at")))
    return shown(people.patron(index))


def change(system: System, body: Mapping[str, Any]) -> dict[str, Any]:
    """Let a number or a share of the living patrons change."""
    people = system.population
    fields = body.get("fields", list(changing.FIELDS))
    if not isinstance(fields, list) or not set(fields) <= set(changing.CHANGEABLE):
        msg = f"fields must be a list out of {', '.join(changing.CHANGEABLE)}"
        raise AdminError(msg)
    indexes = _picked(people, body)
    return {"changed": changing.change(people, indexes, fields), "ids": _ids(people, indexes)}


def insert(system: System, body: Mapping[str, Any]) -> dict[str, Any]:
    """Let new patrons be registered."""
    people = system.population
    indexes = people.insert(_count(body.get("count", 1)))
    return {"inserted": len(indexes), "ids": _ids(people, indexes)}


def delete(system: System, body: Mapping[str, Any]) -> dict[str, Any]:
    """Delete the patrons that are named, or a number or share of the living."""
    people = system.population
    if "ids" in body:
        indexes = [_index(people, one) for one in body["ids"]]
    else:
        indexes = _picked(people, body)
    gone = people.delete(indexes)
    return {"deleted": len(gone), "ids": _ids(people, gone)}


def _picked(people: Population, body: Mapping[str, Any]) -> list[int]:
    share = body.get("share")
    if share is None:
        count = _count(body.get("count", 1))
    elif isinstance(share, int | float) and 0 <= share <= 1:
        count = round((people.size - people.deleted_count) * share)
    else:
        msg = "share must be between 0 and 1"
        raise AdminError(msg)
    return people.picked(count, _count(body.get("seed", 1)))


def _ids(people: Population, indexes: list[int]) -> list[int]:
    return [people.id_of(index) for index in indexes[:MAX_LISTED]]


def _index(people: Population, record_id: Any) -> int:
    try:
        index = people.index_of(int(record_id))
    except (TypeError, ValueError):
        index = None
    if index is None:
        msg = "no patron has this id"
        raise AdminError(msg, 404)
    return index


def _count(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= 10**7:
        msg = "count and seed must be whole numbers from 0"
        raise AdminError(msg)
    return value


def _value(name: str, value: Any) -> Any:
    """Turn a value of JSON into one of `Patron`."""
    reader = _READERS.get(name)
    try:
        if name in _NAMED:
            return _NAMED[name].index(value)
        if reader is not None:
            return reader(value)
    except (TypeError, ValueError):
        msg = f"{name} cannot be {type(value).__name__} or this value"
        raise AdminError(msg) from None
    msg = f"fields are {', '.join(sorted([*_READERS, *_NAMED]))}"
    raise AdminError(msg)


def _date(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _texts(value: list[str]) -> tuple[str, ...]:
    return tuple(str(one) for one in list(value))


def _seconds(value: Any) -> int | None:
    if value is None:
        return None
    try:
        return int(datetime.fromisoformat(value).timestamp())
    except (TypeError, ValueError):
        msg = "updated_at must be ISO 8601 with offset"
        raise AdminError(msg) from None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


_READERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_DATES, _date),
    **dict.fromkeys(_MANY, _texts),
    **dict.fromkeys(_TEXTS, str),
    "owed_cents": _count,
}
