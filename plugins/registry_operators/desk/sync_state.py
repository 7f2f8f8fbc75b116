"""How far a patron is synchronised, as values that any language can tell (spec X5, N3.6, N3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registry_operators.desk.desk import Caller, Desk, PatronRef, read_patron
from registry_operators.desk.look_at_patron import read_story
from registry_operators.desk.patron_record import PatronRecord, note_look, read_record
from registry_operators.domain.why import PatronStory
from registry_operators.ledger.database import Ledger

_FLOWS = ("push", "pull")


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    Something that waits for a patron.

    :param kind: ``pending`` for a run, ``held`` for a decision, ``removal`` of the relation.
    :param reason: A reason code, or the kind of a held set.
    :param attempts: How many runs have tried.
    :param needs_person: No run takes it up before a value changes or a person decides.
    :param expires_at: Until when a person may decide on what is held.
    """

    kind: str
    flow: str
    reason: str
    since: datetime
    attempts: int
    needs_person: bool
    is_approved: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Agreed:
    """
    A field in which registry and Cicero have agreed.

    :param field: ``relation``, ``card`` or ``pin``.
    :param is_same: Cicero still has what was agreed on.
    """

    field: str
    agreed_at: datetime
    is_same: bool


@dataclass(frozen=True, slots=True)
class SyncState:
    """
    What waits, and what was agreed on.

    :param completed: When the library's last run of each flow was completed.
    """

    waiting: tuple[Waiting, ...]
    agreed: tuple[Agreed, ...]
    completed: Mapping[str, datetime]


@dataclass(frozen=True, slots=True, repr=False)
class PatronSeen:
    """
    A patron, and how far they are synchronised.

    :param has_consent: The consent to synchronise is in force.
    """

    record: PatronRecord
    has_consent: bool
    state: SyncState


def see_patron(desk: Desk, caller: Caller, patron: PatronRef) -> PatronSeen:
    """
    Return what the desk may see of a patron; an event says who looked.

    Other than ``look_at_patron`` it does not try what the next run would do, which takes longer.

    Spec: N3.1, N3.6, N3.8, X9.

    :raises DeskError: The library has no such patron.
    """
    with desk.open_ledger() as ledger:
        row = read_patron(ledger, patron)
        record = read_record(ledger, patron, row)
        state = _read_state(desk, ledger, patron, row)
        note_look(ledger, caller, patron, row.person_key)
    return PatronSeen(record, row.has_consent, state)


def see_nights(desk: Desk, caller: Caller, patron: PatronRef) -> PatronStory:
    """
    Return what the last runs did with a patron, and what the next ones would do (X6).

    :raises DeskError: The library has no such patron.
    """
    with desk.open_ledger() as ledger:
        row = read_patron(ledger, patron)
        story = read_story(desk, ledger, patron)
        note_look(ledger, caller, patron, row.person_key)
    return story


def _read_state(desk: Desk, ledger: Ledger, patron: PatronRef, row: Any) -> SyncState:
    inner_pad, outer_pad = desk.secrets.keys.fingerprint_pads
    waiting = ledger.rows(
        "why/list_waiting",
        patron_ids=[patron.patron_id],
        libraries=[patron.library],
        person_keys=[] if row.person_key is None else [row.person_key],
    )
    agreed = ledger.rows(
        "why/list_base",
        patron_ids=[patron.patron_id],
        inner_pad=inner_pad,
        outer_pad=outer_pad,
    )
    completed = {
        flow: mark.moved_at
        for flow in _FLOWS
        for mark in ledger.rows("run/read_watermarks", flow=flow)
        if mark.library == patron.library
    }
    return SyncState(
        tuple(_waiting(one) for one in waiting),
        tuple(Agreed(one.field, one.agreed_at, one.is_same) for one in agreed),
        completed,
    )


def _waiting(row: Any) -> Waiting:
    return Waiting(
        row.kind, row.flow, row.reason, row.since, row.attempts or 0, row.waits,
        row.held_state == "approved", row.expires_at,
    )  # fmt: skip
