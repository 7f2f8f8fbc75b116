"""The operations that write: `nyPost`, `endre`, `slett`."""

import re

from stand_ins.national_ids import is_valid_national_id
from stand_ins.registry import wire
from stand_ins.registry.books import Books, RefusedError
from stand_ins.registry.lookups import NO_HITS
from stand_ins.registry.newcomers import newcomer
from stand_ins.registry.records import CLEARABLE, NO_DATE, WRITABLE, Record
from stand_ins.registry.series import is_card_number
from stand_ins.registry.store import StoredPerson
from stand_ins.registry.wire import Call

NOT_RELATED = "slett: ikke tilknyttet"
_LIBRARY = re.compile(r"[0-9]{7}")


def ny_post(books: Books, library: str, call: Call) -> bytes:
    """
    Create a person and relate the caller.

    Address, birth date and sex come from the population register, whatever was sent; only an X
    for sex is believed.
    """
    post = {name: value.strip() for name, value in call.record("post").items()}
    lnr = post.get("lnr", "")
    now = books.clock.now()
    with books.store.writing():
        _refuse_for(_objection_to_new(books, library, post))
        record = newcomer(post["fnr_hash"])
        record |= {"navn": post["navn"], "hjemmebibliotek": library}
        record |= _changes(books, record, post)
        record |= {"opprettet": now, "opprettet_av": library}
        record |= {"sist_endret": now, "sist_endret_av": library}
        books.store.relate(books.store.insert(record), library)
    books.tally.writes["nyPost"] += 1
    return wire.svar(call.operation, True, "Ny post er opprettet", lnr, now)


def endre(books: Books, library: str, call: Call) -> bytes:
    """
    Update a person and relate the caller.

    The answer names the fields that really changed. If none did and the caller was related
    already, the record keeps its `sist_endret`.
    """
    post = {name: value.strip() for name, value in call.record("post").items()}
    now = books.clock.now()
    with books.store.writing():
        person = _found(books, call)
        record = person.record
        _refuse_for(_objection_to_update(books, person, post))
        changed = _changes(books, record, post)
        related = books.store.relate(person.id, library)
        if changed or related:
            record |= changed | {"sist_endret": now, "sist_endret_av": library}
            books.store.save(person.id, record)
    books.tally.writes["endre"] += bool(changed or related)
    melding = f"Oppdaterte felt: {','.join(changed)}"
    return wire.svar(call.operation, True, melding, record["lnr"], now)


def slett(books: Books, library: str, call: Call) -> bytes:
    """Remove the caller's relation; the person and all other relations stay."""
    now = books.clock.now()
    with books.store.writing():
        person = _found(books, call)
        if not books.store.unrelate(person.id, library):
            raise RefusedError(NOT_RELATED)
        record = person.record | {"sist_endret": now, "sist_endret_av": library}
        books.store.save(person.id, record)
    books.tally.writes["slett"] += 1
    melding = f"{record.get('navn', '')} ({record.get('fdato', '')}) er slettet fra registeret"
    return wire.svar(call.operation, True, melding, record["lnr"], now)


def _found(books: Books, call: Call) -> StoredPerson:
    person = books.store.by_lnr(call.text("lnr"))
    if person is None:
        raise RefusedError(NO_HITS)
    return person


def _refuse_for(objection: str | None) -> None:
    if objection:
        raise RefusedError(objection)


def _objection_to_new(books: Books, library: str, post: Record) -> str | None:
    """Say what is wrong with a new person; the first reason found is the answer."""
    for name in ("lnr", "navn", "fnr_hash"):
        if not post.get(name):
            return f"nyPost: Mangler obligatorisk felt: {name}"
    if not is_card_number(post["lnr"]):
        return "nyPost: Ulovlig LNR"
    if not books.series.owns(library, post["lnr"]):
        return "nyPost: LNR er utenfor bibliotekets reserverte nummerserie"
    if not is_valid_national_id(post["fnr_hash"]):
        return "nyPost: Ulovlig FNR_HASH"
    if books.store.by_lnr(post["lnr"]):
        return "nyPost: LNR er allerede i bruk"
    if books.store.by_national_id(post["fnr_hash"]):
        return "nyPost: FNR_HASH er allerede registrert"
    return _objection_to_values(books, post, "nyPost")


def _objection_to_update(books: Books, person: StoredPerson, post: Record) -> str | None:
    """Say whether an update is about somebody else, or takes a number it may not take."""
    national_id = post.get("fnr_hash")
    if national_id and national_id != person.record.get("fnr_hash"):
        return "endre: FNR_HASH tilhører en annen person"
    lnr = post.get("lnr")
    if lnr and lnr != person.record["lnr"]:
        if not is_card_number(lnr):
            return "endre: Ulovlig LNR"
        if books.series.owner_of(lnr) is None:
            return "endre: LNR er utenfor alle reserverte nummerserier"
        if books.store.by_lnr(lnr):
            return "endre: LNR er allerede i bruk"
    return _objection_to_values(books, post, "endre")


def _objection_to_values(books: Books, post: Record, operation: str) -> str | None:
    pin, home = post.get("pin"), post.get("hjemmebibliotek")
    if pin and books.cipher.decrypt(pin) is None:
        return f"{operation}: Ulovlig PIN"
    if home and not _LIBRARY.fullmatch(home):
        return f"{operation}: Ulovlig hjemmebibliotek"
    return None


def _changes(books: Books, record: Record, post: Record) -> Record:
    """Return the writable fields whose value would be another than it is, in record order."""
    changed = {}
    for name in WRITABLE:
        value = post.get(name)
        if value is None or (value == "" and name not in CLEARABLE):
            continue
        if name == "kjonn" and value != "X":
            continue
        if name == "pin":
            value = value.lower()
        if name == "m_gyldig_til":
            value = value or NO_DATE
        if value != record.get(name, ""):
            changed[name] = value
    return changed
