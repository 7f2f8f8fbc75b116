"""What the engine says of a patron, in words of the pages that are still to be translated."""

from __future__ import annotations

from collections.abc import Iterator

from registry_operators.desk.look_up_patron import RegistrySays
from registry_operators.domain.creation import Creation, LookUp, Queue, Sending, ValueSource
from registry_operators.settings.libraries import Library
from registry_operators.web.language import mark
from registry_operators.web.reason_words import REASONS

CARD_SOURCES = {
    ValueSource.GIVEN: mark("The one that you typed."),
    ValueSource.REGISTRY: mark("The one that the registry has."),
    ValueSource.SEQUENCE: mark("The next one of the library's sequence."),
}
PIN_SOURCES = {
    ValueSource.GIVEN: mark("The one that was typed."),
    ValueSource.REGISTRY: mark("The one that the patron has in the registry."),
}
_DRAWN_PIN = mark("One is drawn for the patron, shown once, and must be changed.")
_DEFAULT_PIN = mark("The library's default PIN, which must be changed.")
LOOK_UPS = {
    LookUp.FOUND: mark("The registry was asked and knows the person."),
    LookUp.NOT_FOUND: mark("The registry was asked and does not know the person."),
    LookUp.UNREACHABLE: mark("The registry was asked and did not answer."),
    None: mark("The registry was not asked."),
}
_NOTHING = mark("Nothing: the patron is left out.")
QUEUES = {
    Queue.UPSERT: mark(
        "The person is related to the library, or created if the registry knows nobody."
    ),
    Queue.RELATE_IF_FOUND: mark("The person is related to the library if the registry knows them."),
    Queue.NEW_RECORD: mark("The person is created in the registry and related to the library."),
    Queue.ADD_RELATION: mark("The person is related to the library in the registry."),
    Queue.LOOKUP_PENDING: mark(
        "The registry is asked again. If it knows the person, its values replace those made up "
        "here."
    ),
    Queue.NONE: mark("Nothing: there is no number with which a record could be made."),
}
SENDINGS = {
    Sending.NEVER: mark("is not sent"),
    Sending.ALWAYS: mark("is sent"),
    Sending.IF_FOUND: mark("is sent if the registry knows the person"),
    Sending.IF_NOT_FOUND: mark("is sent if the registry does not know the person"),
    Sending.IF_DIFFERENT: mark("is sent if the registry has another one"),
}
_NO_PART = mark(
    "The registry has no part in this: that takes consent, a national id, and a library that takes "
    "part."
)
_ALL_GIVEN = mark("Card number and PIN were typed, so there was nothing to ask the registry for.")
_NOT_OURS = mark(
    "What is missing is not synchronised by this library, so there was nothing to ask the registry "
    "for."
)
_ASKED = mark(
    "Something that this library synchronises was missing, so the registry was asked for it."
)
FLOWS = {"push": mark("To the registry"), "pull": mark("From the registry")}
FIELDS = {"relation": mark("Relation"), "card": mark("Card number"), "pin": mark("PIN")}
ACTIONS = {
    "create": mark("new"), "update": mark("changed"), "remove": mark("removed"),
    "clear": mark("emptied"),
}  # fmt: skip
STATES = {
    "planned": mark("planned"), "sent": mark("sent, not answered yet"),
    "confirmed": mark("written"), "failed": mark("failed"),
    "held": mark("held for a decision"), "dropped": mark("not written"),
}  # fmt: skip
OUTCOMES = {
    "created": ("good", mark("created in the registry")),
    "updated": ("good", mark("updated")),
    "unchanged": ("info", mark("nothing differed")),
    "left_out": ("off", mark("left out")),
    "held": ("warn", mark("held for a decision")),
    "failed": ("bad", mark("failed")),
    None: ("off", mark("not read")),
}
"""What a run made of the patron, with the kind of badge."""
KINDS = {"national": mark("national"), "local": mark("local")}
CARD_STATES = {
    "active": ("good", mark("in force")),
    "replaced": ("off", mark("replaced")),
    "blocked": ("bad", mark("blocked")),
}
ORIGINS = {
    "librarian": mark("the librarian"), "patron": mark("the patron"),
    "self_service": mark("self-service"), "cms_api": mark("self-service"),
    "registry": mark("the registry"), "sequence": mark("the library's sequence"),
    "guardian": mark("the guardian"), "unknown": mark("nobody yet"),
}  # fmt: skip
DOORS = {"desk": mark("at the desk"), "cms_api": mark("through the web site"), None: ""}
USES = {
    "SYNC_WITH_NATIONAL_REGISTRY": mark("Synchronisation with the national registry"),
    "KEEP_HISTORICAL_LOAN_DATA": mark("Keeping past loans"),
}
LOOKED_UP = {
    RegistrySays.KNOWN: ("good", mark("The registry knows the person.")),
    RegistrySays.UNKNOWN: ("info", mark("The registry does not know the person.")),
    RegistrySays.AMBIGUOUS: (
        "bad",
        mark(
            "The registry has several records of the person, or answered with somebody else. "
            "Report it to the registry."
        ),
    ),
    RegistrySays.SILENT: (
        "warn",
        mark("The registry did not answer in time. Try again in a while."),
    ),
    RegistrySays.NO_CONSENT: (
        "off",
        mark("The registry was not asked, because there is no consent."),
    ),
    RegistrySays.NO_NATIONAL_ID: (
        "off",
        mark("The registry was not asked, because there is no valid national id."),
    ),
    RegistrySays.NO_PART: (
        "off",
        mark("The registry was not asked, because the library takes no part."),
    ),
}
REMOVALS = {
    ("open", True): (
        "warn",
        mark(
            "The relation in the registry waits to be removed; each run to the registry tries "
            "until it is confirmed."
        ),
    ),
    ("needless", False): (
        "off",
        mark(
            "There was no consent, so the registry is not called, and a relation that it has stays."
        ),
    ),
    ("needless", True): (
        "off",
        mark("The person is a patron of the library again, so the relation is kept."),
    ),
    ("settled", True): (
        "good",
        mark(
            "The removal is settled: the registry confirmed it, it was not needed, or a person let "
            "it go."
        ),
    ),
    ("settled", False): (
        "off",
        mark("The removal was left out: without consent the registry is not called."),
    ),
}
"""By state of the removal, and whether there was consent."""


def pin_source(creation: Creation, library: Library) -> str:
    """Say where the PIN of a new patron comes from."""
    if not creation.must_change_pin:
        return PIN_SOURCES[creation.pin_source]
    return _DRAWN_PIN if library.pin_for_all is None else _DEFAULT_PIN


def next_push(creation: Creation) -> str:
    """Say what the next run to the registry does for a new patron."""
    return _NOTHING if creation.rule == "N0" else QUEUES[creation.queue]


def why(creation: Creation) -> str:
    """Say why it is so: the group to which the row of the table of scenarios belongs."""
    match creation.rule:
        case "N0":
            return _NO_PART
        case "A1":
            return _ALL_GIVEN
        case "B1" | "C1" | "D1":
            return _NOT_OURS
    return _ASKED


def pin_rules(library: Library) -> Iterator[str]:
    """Yield what a PIN must and must not be at a library."""
    yield mark("Four digits.")
    if library.pin_rules.refuse_simple:
        yield mark("Not the same digit four times, and no run such as 1234 or 4321.")
    yield mark("Not a PIN that the library has handed out.")


def reason(code: str) -> str:
    """Return a code of the ledger in words; one of another release stays as it is."""
    return REASONS.get(code, code)


def consent_text(library: Library) -> str:
    """Return to what a patron consents, as it is to be read out."""
    match library.synchronise.card_number, library.synchronise.pin:
        case True, True:
            return mark(
                "The patron consents to the library exchanging name, national id, card number and "
                "PIN with the national patron registry."
            )
        case True, False:
            return mark(
                "The patron consents to the library exchanging name, national id and card number "
                "with the national patron registry."
            )
        case False, True:
            return mark(
                "The patron consents to the library exchanging national id and PIN with the "
                "national patron registry."
            )
    return mark(
        "The patron consents to the library telling the national patron registry, by national id, "
        "that they are its patron."
    )
