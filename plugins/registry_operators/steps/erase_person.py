"""Remove a person's traces from the ledger, and profiles, on request (spec X10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from registry_operators.domain.keys import SyncKeys, person_key
from registry_operators.domain.national_id import parse_national_id
from registry_operators.errors import DecisionRefusedError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.find_records import FoundRecord, Sought, find_records
from registry_operators.steps.erase_records import erase_records, refuse_ambiguous


@dataclass(frozen=True, slots=True, repr=False)
class ErasureRequest:
    """
    Who is to be erased; exactly one of the four ways to name a person is given.

    :param national_id: As it was typed.
    :param record: Connection of a library system and the id of a record there: ``koha_main:17``.
    :param is_dry_run: Count, and remove nothing.
    :param note: Why; stands in the audit trail, without longer numbers.
    """

    asked_by: str
    patron_id: int | None = None
    card_number: str | None = None
    national_id: str | None = None
    record: str | None = None
    is_dry_run: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """
    What an erasure removed, and what it had to leave.

    :param rows: Place to rows; ``verdict`` counts records that are only counts now, and
        ``taken_card_number`` reserved numbers that nobody is linked with any more.
    :param patrons_here: Patrons in Cicero who are this person; with consent the next run makes new
        traces of them.
    :param consenting: How many of them consent.
    :param open_removals: Relations that the registry must still remove; what that needs stays until
        it is done, and then goes by itself.
    :param running: Runs that have not ended and may write traces after this.
    :param records: Records of library systems that the person is there, as ``koha_main:17``, and
        profiles that were no record.
    """

    rows: dict[str, int]
    patrons_here: int
    consenting: int
    open_removals: int
    running: int
    records: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return the answer in the form of JSON."""
        return {
            "rows": self.rows,
            "patrons_here": self.patrons_here,
            "consenting": self.consenting,
            "open_removals": self.open_removals,
            "running": self.running,
            "records": list(self.records),
        }


def erase_person(
    ledger: Ledger, keys: SyncKeys, request: ErasureRequest, *, other_fields: Sequence[str] = ()
) -> Erasure:
    """
    Remove a person from staging, ledger, journal and outbox at all libraries, and from profiles.

    One transaction. The person's records stay as counts of nobody, so that every run adds up. Held
    sets lose the person's changes and are asked about anew. Numbers that were reserved are never
    given out again. Events of the audit trail hold ten digits of the pseudonym and stay; the
    erasure is an event that names nobody. The patron in Cicero is not touched, nor is the record in
    a library system. Whoever is named by a record is looked for in data syncs alone.

    :param other_fields: Fields of profiles that hold neither card numbers nor national ids.
    :raises DecisionRefusedError: Nobody, several persons, or not exactly one way to name a person;
        nothing was removed.
    :raises ConfigurationError: The record is not written as it should be.
    """
    key = _key(keys, request)
    with ledger.rolled_back() if request.is_dry_run else ledger.transaction():
        who, patrons = _find(ledger, keys, request, key)
        found = _find_records(ledger, request, who["patron_ids"], other_fields)
        if not (found or patrons or who["person_keys"]):
            raise DecisionRefusedError("there is no trace of such a person")
        rows = _remove(ledger, who) | erase_records(ledger, found)
        (left,) = ledger.rows("erase/count_left", **who)
        if not request.is_dry_run:
            AuditTrail(ledger).append(
                "erase",
                actor=request.asked_by,
                note=request.note,
                counts={"rows": sum(rows.values())},
            )
    return Erasure(
        rows=rows,
        patrons_here=sum(row.is_here for row in patrons),
        consenting=sum(row.has_consent for row in patrons),
        open_removals=left.open_removals,
        running=left.running,
        records=tuple(sorted(one.name for one in found)),
    )


def _key(keys: SyncKeys, request: ErasureRequest) -> bytes | None:
    ways = (request.patron_id, request.card_number, request.national_id, request.record)
    if sum(way is not None for way in ways) != 1:
        raise DecisionRefusedError(
            "name one person: a patron id, a card number, a national id or a record"
        )
    if request.national_id is None:
        return None
    key = _key_of(keys, request.national_id)
    if key is None:
        raise DecisionRefusedError("that is no valid national id; nothing was removed")
    return key


def _key_of(keys: SyncKeys, typed: str | None) -> bytes | None:
    national_id = parse_national_id(typed) if typed else None
    return None if national_id is None else person_key(national_id, keys)


def _find(
    ledger: Ledger, keys: SyncKeys, request: ErasureRequest, key: bytes | None
) -> tuple[dict[str, Any], list[Any]]:
    """Return the person's patron ids and keys, and the patrons with whether they are here."""
    asked = ledger.rows(
        "erase/find_patrons",
        patron_id=request.patron_id,
        card_number=request.card_number,
        national_id=request.national_id,
        person_key=key,
    )
    persons = {bytes(row.person_key) for row in asked if row.person_key is not None}
    persons |= {new for row in asked if (new := _key_of(keys, row.national_id)) is not None}
    if len(persons) > 1:
        raise DecisionRefusedError(
            "that number belongs to several persons; name the one by patron id"
        )
    ids = [row.patron_id for row in asked]
    found = {bytes(row.person_key) for row in ledger.rows("erase/find_keys", patron_ids=ids)}
    found |= persons if key is None else persons | {key}
    patrons = ledger.rows("erase/find_same_person", patron_ids=ids, person_keys=list(found))
    return {
        "patron_ids": [row.patron_id for row in patrons],
        "person_keys": sorted(found),
    }, patrons


def _find_records(
    ledger: Ledger, request: ErasureRequest, patron_ids: list[int], other_fields: Sequence[str]
) -> list[FoundRecord]:
    """Return the person's profiles, and records of library systems."""
    national_id = parse_national_id(request.national_id) if request.national_id else None
    sought = Sought.of_patrons(
        ledger,
        patron_ids,
        card_number=request.card_number,
        national_id=None if national_id is None else national_id.digits,
        record=request.record,
    )
    if request.card_number is not None:
        refuse_ambiguous(ledger, request.card_number, patron_ids, other_fields)
    return find_records(ledger, sought, other_fields)


def _remove(ledger: Ledger, who: dict[str, Any]) -> dict[str, int]:
    held = ledger.rows("erase/list_held_sets", **who)
    ledger.run("erase/keep_counts", **who)
    verdicts = ledger.run("erase/blank_verdicts", **who)
    numbers = ledger.run("erase/retire_numbers", patron_ids=who["patron_ids"])
    rows = {row.place: row.rows for row in ledger.rows("erase/forget_traces", **who)}
    for one in held:
        ledger.run("held/reopen_set", held_set_id=one.held_set_id)
    return rows | {"held_set": len(held), "taken_card_number": numbers, "verdict": verdicts}
