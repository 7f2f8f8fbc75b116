"""What a creation comes to, decided before anything is written (spec N3.2, N3.3)."""

from __future__ import annotations

from dataclasses import dataclass

from registry_operators.desk.desk import Caller, Desk
from registry_operators.desk.look_up_person import (
    FoundPerson,
    look_up_person,
    refuse_known,
    settled,
)
from registry_operators.desk.new_patron import CheckedPatron, NewPatron, check_new_patron
from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.domain.creation import Creation, decide_creation
from registry_operators.ledger.audit_trail import AuditTrail


@dataclass(frozen=True, slots=True, repr=False)
class DecidedPatron:
    """A request that was checked, what the registry said, and what is to be done."""

    checked: CheckedPatron
    found: FoundPerson
    creation: Creation


def decide_patron(
    desk: Desk, caller: Caller, request: NewPatron, *, is_trial: bool = False
) -> DecidedPatron:
    """
    Return what comes of a request; the registry is asked where the scenarios say so.

    :param is_trial: Nobody may be created after it, so an event is written before the question:
        nobody asks the registry about somebody unseen (X9).
    :raises DeskError: A value is wrong, the library has the person, or the registry's answer
        cannot be used.
    """
    checked = check_new_patron(desk, caller, request)
    refuse_known(desk, checked)
    if is_trial and checked.case.needs_look_up:
        _note_question(desk, caller, checked)
    found = look_up_person(desk, checked)
    creation = settled(decide_creation(checked.case, found.look_up), checked.case, found)
    return DecidedPatron(checked, found, creation)


def refuse_undecided(creation: Creation, agreed: Creation | None = None) -> None:
    """
    Refuse what cannot be done now, or is not what somebody has agreed to.

    :raises DeskError: Self-service needs the registry, which is silent; or it has said something
        else than when the outcome was foretold.
    """
    if not creation.is_created:
        raise DeskError(
            Refusal.REGISTRY_UNREACHABLE,
            "the national registry does not answer just now; nothing was created, try again later",
        )
    if agreed is not None and agreed != creation:
        raise DeskError(
            Refusal.FORETOLD_OTHERWISE,
            "something else would come of it now than was foretold; nothing was created, look at "
            "what would be done and decide anew",
        )


def _note_question(desk: Desk, caller: Caller, checked: CheckedPatron) -> None:
    with desk.open_ledger() as ledger:
        AuditTrail(ledger).append(
            "ask",
            actor=caller.actor_name,
            library=checked.request.library,
            person_key=checked.person_key,
        )
