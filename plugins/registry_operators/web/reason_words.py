"""
The codes of the ledger in the words of a librarian: short, and in the visitor's language.

``domain/explain_reasons.py`` says the same at length, in English, with the requirement.
"""

from __future__ import annotations

from registry_operators.domain.creation import Queue
from registry_operators.domain.reasons import Reason
from registry_operators.web.language import mark

REASONS: dict[str, str] = {
    Reason.NO_CONSENT: mark("The patron has not consented"),
    Reason.CONSENT_WITHDRAWN: mark("The patron has withdrawn the consent"),
    Reason.UNKNOWN_PERSON: mark("The registry told of somebody who is no patron here"),
    Reason.TOMBSTONE: mark("The registry has deleted the record"),
    Reason.SUPERSEDED: mark("A newer version of the record was used instead"),
    Reason.LOCAL_CARD: mark("The only card number is local and stays at the library"),
    Reason.CARD_BLOCKED: mark("The national card is blocked"),
    Reason.NOT_IN_REGISTRY: mark("The registry does not know the person"),
    Reason.NO_NATIONAL_ID: mark("The patron has no national id in Cicero"),
    Reason.PATRON_DELETED: mark("The patron was deleted in Cicero"),
    Reason.RECREATED: mark("The deleted patron is at the library again"),
    Reason.NEVER_SYNCED: mark("The patron was deleted before the registry was told"),
    Reason.TARGET_NEWER: mark("The other side's change was the later one"),
    Reason.CONFLICT: mark("Both sides had changed the value"),
    Reason.LIMIT_EXCEEDED: mark("There were more changes of this kind than the limit allows"),
    Reason.REJECTED: mark("A person rejected the change"),
    Reason.EXPIRED: mark("Nobody decided on the change in time"),
    Reason.INVALID_NATIONAL_ID: mark("The national id has wrong check digits"),
    Reason.IMPOSSIBLE_DATE: mark("The registry's record has an impossible date"),
    Reason.AMBIGUOUS_PERSON: mark("The registry has several records of the person"),
    Reason.OTHER_PERSONS_CARD: mark("Registry and Cicero give the card to different people"),
    Reason.PIN_UNREADABLE: mark("The PIN could not be decrypted"),
    Reason.CARD_IN_USE: mark("The card number is somebody else's"),
    Reason.SEQUENCE_EXHAUSTED: mark("The card sequence has no number left"),
    Reason.REFUSED: mark("The registry said no"),
    Reason.ALREADY_IN_REGISTRY: mark("Somebody else created the record at the same time"),
    Reason.NUMBER_NOT_RESERVED: mark("The registry has not reserved the number for the library"),
    Reason.UNAVAILABLE: mark("The registry did not answer"),
    Reason.MALFORMED_ANSWER: mark("The registry's answer could not be read"),
    Reason.CHANGED_SINCE_PLAN: mark("The value changed while the run was going on"),
    Reason.ERASED: mark("The person was erased from the ledger"),
    Reason.TARGET_CHANGED: mark("The value has changed since the run"),
    Reason.OLD_VALUE_UNKNOWN: mark("What stood there before is not known"),
    Reason.CREATED_IN_REGISTRY: mark("The run had created the record, and a library deletes none"),
    Reason.CANNOT_BE_EMPTIED: mark("The registry cannot be told to have no value"),
    "NOT_YET_COMPARED": mark("The registry has a value that Cicero does not have yet"),
    Queue.UPSERT: mark("New: the patron is related, or a record is created"),
    Queue.RELATE_IF_FOUND: mark("New: the patron is related if the registry knows the person"),
    Queue.NEW_RECORD: mark("New: a record is created in the registry"),
    Queue.ADD_RELATION: mark("New: the patron is related to the library in the registry"),
    Queue.LOOKUP_PENDING: mark("New: the registry was silent and is asked again"),
    "LOGIN_REFUSED": mark("The registry refused the library's log-in"),
    "CONFIGURATION": mark("The library's connection is not complete"),
    "LEDGER": mark("The database refused a statement"),
    "SUPERSEDED_RUN": mark("A later run had completed"),
    "WRITER_BUSY": mark("Another run was writing"),
    "STALE_WRITER": mark("Another run had taken over"),
    "SOURCE_SHRANK": mark("The source gave far fewer records than before"),
    "FAILING_RECORDS": mark("Too many records of the library failed"),
}
