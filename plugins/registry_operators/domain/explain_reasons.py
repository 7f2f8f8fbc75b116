"""Every reason code in words: why a record was left out, held or failed (spec X6)."""

from __future__ import annotations

from registry_operators.domain.creation import Queue
from registry_operators.domain.explanation import NOTHING_TO_DO, Explanation, explained
from registry_operators.domain.reasons import Reason

_ENTRIES: dict[str, tuple[str, str, str]] = {
    # Left out.
    Reason.NO_CONSENT: (
        "N3.1",
        "The patron has not consented, so nothing goes to the registry or comes from it.",
        "If the patron wants to be synchronised, enter the consent in Cicero.",
    ),
    Reason.CONSENT_WITHDRAWN: (
        "N3.1",
        "The patron has withdrawn the consent; that stops both directions at once.",
        "Nothing to do, unless the patron consents again.",
    ),
    Reason.UNKNOWN_PERSON: (
        "N3.1",
        "The registry told of a person who is nobody's patron here.",
        NOTHING_TO_DO,
    ),
    Reason.TOMBSTONE: (
        "N1.1",
        "The person was deleted from the registry; the record names nobody, so Cicero stays as "
        "it is.",
        NOTHING_TO_DO,
    ),
    Reason.SUPERSEDED: (
        "N1.4",
        "A newer version of the person's record came in the same run and was used instead.",
        NOTHING_TO_DO,
    ),
    Reason.LOCAL_CARD: (
        "N3.5",
        "The only card number is a local one, and local numbers stay at the library.",
        "If it should be national, check registry_series and other_national_series.",
    ),
    Reason.CARD_BLOCKED: (
        "N3.5",
        "The national card is blocked, and a blocked number is not sent.",
        "Unblock the card in Cicero or give the patron another one.",
    ),
    Reason.NOT_IN_REGISTRY: (
        "N3.2",
        "The registry does not know the person, and there was nothing with which to create one.",
        "Nothing to do; with a national card number and card_number: true the push creates it.",
    ),
    Reason.NO_NATIONAL_ID: (
        "N3.2",
        "The patron has no national id in Cicero and cannot be found in the registry.",
        "Enter the national id in Cicero if the patron wants the national card.",
    ),
    Reason.PATRON_DELETED: (
        "N3.7",
        "The patron was deleted in Cicero while the run was going on.",
        NOTHING_TO_DO,
    ),
    Reason.RECREATED: (
        "N3.7",
        "The deleted patron is at the library again, so the relation is kept.",
        NOTHING_TO_DO,
    ),
    Reason.NEVER_SYNCED: (
        "N3.7",
        "The patron was deleted before any run had seen them; there is no relation to remove.",
        NOTHING_TO_DO,
    ),
    Reason.TARGET_NEWER: (
        "X3",
        "Both sides had changed the value, and the other side's change was the later one.",
        "Nothing to do: the job of the other direction carries the later value.",
    ),
    # Held, and what became of it.
    Reason.CONFLICT: (
        "X3",
        "Both sides had changed the value differently, and the library lets a person decide.",
        "Look at both systems and decide about the held set.",
    ),
    Reason.LIMIT_EXCEEDED: (
        "X2",
        "The run had more changes of this kind than the limit allows, so all of them wait.",
        "Decide about the held set.",
    ),
    Reason.REJECTED: (
        "X2",
        "A person decided that the held change is not made.",
        "Nothing to do, unless that was a mistake: change the value once more.",
    ),
    Reason.EXPIRED: (
        "X2",
        "The held change was not decided on in time.",
        "Nothing to do: if the values still differ a later run takes them up.",
    ),
    # Failed.
    Reason.INVALID_NATIONAL_ID: (
        "X5",
        "The national id has wrong check digits in the system that the record came from.",
        "Correct the national id there.",
    ),
    Reason.IMPOSSIBLE_DATE: (
        "X5",
        "The registry's record has a time of change that is no date, so it could not be read.",
        "Report the record to the registry.",
    ),
    Reason.AMBIGUOUS_PERSON: (
        "X5",
        "The registry has several records of the person, or answered with somebody else.",
        "Report it to the registry.",
    ),
    Reason.OTHER_PERSONS_CARD: (
        "X5",
        "Registry and Cicero give the same card to different national ids.",
        "Compare both systems and correct the national id that is wrong.",
    ),
    Reason.PIN_UNREADABLE: (
        "X5",
        "The PIN could not be decrypted.",
        "Let the patron set a new PIN. If it happens to many, a key is wrong.",
    ),
    Reason.CARD_IN_USE: (
        "X5",
        "The card number belongs to somebody else, in Cicero or in the registry.",
        "Find out whose it is and give one of them another number.",
    ),
    Reason.SEQUENCE_EXHAUSTED: (
        "N2.6",
        "The library's card sequence has no number left for the patron.",
        "Reserve a series in the registry and write it into card_sequence and registry_series.",
    ),
    Reason.REFUSED: (
        "X5",
        "The registry said no to this record.",
        "Try the same in the registry's own pages; they tell why.",
    ),
    Reason.ALREADY_IN_REGISTRY: (
        "N3.4",
        "Somebody else created the person in the registry while the run was going on.",
        "Nothing to do: the next push relates the patron.",
    ),
    Reason.NUMBER_NOT_RESERVED: (
        "N2.6",
        "The registry has not reserved the card number for the library.",
        "Correct card_sequence and registry_series, and give the patron another number.",
    ),
    Reason.UNAVAILABLE: (
        "X5",
        "The registry did not answer for this record, or the run ended before it was dealt with.",
        "Nothing to do unless it lasts: every later run tries again.",
    ),
    Reason.MALFORMED_ANSWER: (
        "X5",
        "The registry's answer about this person could not be read.",
        "If it stays, look the person up in the registry's own pages.",
    ),
    Reason.CHANGED_SINCE_PLAN: (
        "X5",
        "The value in Cicero changed between plan and write, so it was not overwritten.",
        "Nothing to do: the next run takes it up.",
    ),
    Reason.ERASED: (
        "X10",
        "The record's person was erased from the ledger on request; only the count is left.",
        NOTHING_TO_DO,
    ),
    # Of an undo.
    Reason.TARGET_CHANGED: (
        "X7",
        "The target does not hold any more what the run wrote, so the undo left it as it is.",
        NOTHING_TO_DO,
    ),
    Reason.OLD_VALUE_UNKNOWN: (
        "X7",
        "The journal does not hold what was there before the run, or it could not be read.",
        "Correct the value by hand if it must go back.",
    ),
    Reason.CREATED_IN_REGISTRY: (
        "X7",
        "The run created the person in the registry; a library cannot delete a person there.",
        "Ask the registry to delete the record if it must go.",
    ),
    Reason.CANNOT_BE_EMPTIED: (
        "X7",
        "The registry had no value before the run, and it cannot be told to have none.",
        "Give the patron another value, or leave it.",
    ),
    # Only in patron_sync.pending.
    "NOT_YET_COMPARED": (
        "N3.2",
        "The registry knows the patron with a value that Cicero does not have yet.",
        "Nothing to do: the next pull asks the registry about the patron.",
    ),
    # A patron who was created at the desk or by self-service; only in patron_sync.pending.
    Queue.UPSERT: (
        "N3.4",
        "The push relates the new patron if the registry knows the person, and creates a record if "
        "it does not.",
        NOTHING_TO_DO,
    ),
    Queue.RELATE_IF_FOUND: (
        "N3.4",
        "The push relates the new patron if the registry knows the person; it creates no record, "
        "because there is no number for one that may be sent.",
        NOTHING_TO_DO,
    ),
    Queue.NEW_RECORD: (
        "N3.4",
        "The registry did not know the person, so the push creates a record.",
        NOTHING_TO_DO,
    ),
    Queue.ADD_RELATION: (
        "N3.4",
        "The registry knows the person, so the push relates the new patron to the library.",
        NOTHING_TO_DO,
    ),
    Queue.LOOKUP_PENDING: (
        "N3.2",
        "The registry did not answer when the patron was created. The push asks again; if it finds "
        "the person, what the registry has takes the place of what was made up here.",
        "Print no card before the push has asked, because the number may still change.",
    ),
}
_EXPLANATIONS = explained(_ENTRIES)


def explain_reason(code: str) -> Explanation:
    """Return a reason code in words; an unknown one, of another release, is named as such."""
    return _EXPLANATIONS.get(
        code, Explanation(code, f"The ledger says {code}.", "X6", "See docs/glossary.md.")
    )


def is_explained(code: str) -> bool:
    """Say whether a reason code has words of its own."""
    return code in _EXPLANATIONS
