"""Looking at people and changing them behind the protocol's back, valid or not."""

import re
from typing import Any

from stand_ins.national_ids import is_valid_national_id
from stand_ins.registry.books import Books
from stand_ins.registry.newcomers import newcomer
from stand_ins.registry.records import FIELDS, Record, tombstone
from stand_ins.registry.store import StoredPerson

REGISTRY_ITSELF = "0000000"
"""Written as `sist_endret_av` where no library made the change."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class AdminError(Exception):
    """The admin call cannot be carried out; `status` is the HTTP status."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def shown(books: Books, person: StoredPerson) -> dict[str, Any]:
    """Describe a person; `pin` is in clear, or null if there is none that decrypts."""
    return {
        "id": person.id,
        "is_tombstone": not person.record.get("lnr"),
        "fields": person.record,
        "pin": books.cipher.decrypt(person.record.get("pin", "")),
        "relations": books.store.libraries_of(person.id),
    }


def find(books: Books, body: dict[str, Any]) -> dict[str, Any]:
    """Return everybody with this card number, national id or id: usually one or none."""
    return {"persons": [shown(books, person) for person in _found(books, body)]}


def put(books: Books, body: dict[str, Any]) -> dict[str, Any]:
    """Create a person, or replace the one who has the card number given in `fields`."""
    fields = _fields(body)
    national_id = fields.get("fnr_hash") or ""
    base = newcomer(national_id) if is_valid_national_id(national_id) else _blank()
    record = _merged(books, base, fields, body)
    lnr = record.get("lnr")
    with books.store.writing():
        known = books.store.by_lnr(lnr) if lnr else None
        if known is None:
            person_id = books.store.insert(record)
        else:
            person_id = known.id
            books.store.save(person_id, record)
        _set_relations(books, person_id, body)
    return {"id": person_id, "created": known is None}


def patch(books: Books, body: dict[str, Any]) -> dict[str, Any]:
    """Change some fields of a person; what is not named stays."""
    with books.store.writing():
        person = _one(books, body)
        record = _merged(books, person.record, _fields(body), body)
        books.store.save(person.id, record)
        _set_relations(books, person.id, body)
    return shown(books, StoredPerson(person.id, record))


def bury(books: Books, body: dict[str, Any]) -> dict[str, Any]:
    """Delete a person from the registry: a tombstone remains, all relations go."""
    with books.store.writing():
        person = _one(books, body)
        books.store.save(person.id, tombstone(_merged(books, person.record, {}, body)))
        _set_relations(books, person.id, {"relations": []})
    return {"id": person.id}


def relate(books: Books, body: dict[str, Any]) -> dict[str, Any]:
    """Add and remove relations; the record's `sist_endret` moves only if one is given."""
    with books.store.writing():
        person = _one(books, body)
        for library in _libraries(body, "add"):
            books.store.relate(person.id, library)
        for library in _libraries(body, "remove"):
            books.store.unrelate(person.id, library)
        if "sist_endret" in body:
            books.store.save(person.id, _merged(books, person.record, {}, body))
    return {"relations": books.store.libraries_of(person.id)}


def _found(books: Books, body: dict[str, Any]) -> list[StoredPerson]:
    match [body.get(name) for name in ("lnr", "national_id", "id")]:
        case [str(lnr), None, None]:
            person = books.store.by_lnr(lnr)
        case [None, str(national_id), None]:
            return books.store.by_national_id(national_id)
        case [None, None, int(person_id)]:
            person = books.store.by_id(person_id)
        case _:
            msg = "give exactly one of lnr, national_id and id"
            raise AdminError(msg)
    return [person] if person else []


def _one(books: Books, body: dict[str, Any]) -> StoredPerson:
    people = _found(books, body)
    if not people:
        msg = "nobody found"
        raise AdminError(msg, 404)
    if len(people) > 1:
        msg = f"{len(people)} people have this national id; use id"
        raise AdminError(msg, 409)
    return people[0]


def _fields(body: dict[str, Any]) -> dict[str, str | None]:
    fields = body.get("fields", {})
    if not isinstance(fields, dict):
        msg = "fields must be an object"
        raise AdminError(msg)
    for name, value in fields.items():
        if name not in FIELDS:
            msg = "fields has a name that no Laaner has"
            raise AdminError(msg)
        if value is not None and (not isinstance(value, str) or _NOT_XML.search(value)):
            msg = f"field {name} must be text that XML can carry, or null"
            raise AdminError(msg)
    return fields


def _merged(
    books: Books, record: Record, fields: dict[str, str | None], body: dict[str, Any]
) -> Record:
    """Lay fields, PIN and the time of change over a record; nulls take elements away."""
    merged: dict[str, str | None] = {**record, "sist_endret_av": REGISTRY_ITSELF}
    merged |= {"sist_endret": books.clock.now()} | fields
    if (pin := body.get("pin")) is not None:
        merged["pin"] = books.cipher.encrypt(str(pin))
    if (changed := body.get("sist_endret")) is not None:
        merged["sist_endret"] = str(changed)
    return {name: value for name, value in merged.items() if value is not None}


def _set_relations(books: Books, person_id: int, body: dict[str, Any]) -> None:
    if "relations" not in body:
        return
    wanted = _libraries(body, "relations")
    for library in books.store.libraries_of(person_id):
        if library not in wanted:
            books.store.unrelate(person_id, library)
    for library in wanted:
        books.store.relate(person_id, library)


def _libraries(body: dict[str, Any], name: str) -> list[str]:
    libraries = body.get(name, [])
    if not (isinstance(libraries, list) and all(isinstance(one, str) for one in libraries)):
        msg = f"{name} must be a list of library numbers"
        raise AdminError(msg)
    return libraries


def _blank() -> Record:
    return dict.fromkeys(FIELDS, "")
