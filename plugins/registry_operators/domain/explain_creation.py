"""What comes of a creation in words, for the librarian who decides on it (spec N3.2, N3.3)."""

from __future__ import annotations

from registry_operators.domain.creation import Creation, Queue, Sending, ValueSource
from registry_operators.domain.explain_reasons import explain_reason
from registry_operators.domain.why import Fact

_CARDS = {
    ValueSource.GIVEN: ("N3.3", "The card number is the one that was given."),
    ValueSource.REGISTRY: ("N3.3", "The card number is the one that the registry has."),
    ValueSource.SEQUENCE: ("N2.4", "The card number is the next one of the library's sequence."),
}
_PINS = {
    ValueSource.GIVEN: ("N3.3", "The PIN is the one that was given."),
    ValueSource.REGISTRY: ("N3.3", "The PIN is the one that the registry has."),
}
_HANDED_OUT = "the patron must change it, and until then it is not sent."
_SENT = {
    Sending.NEVER: "is not sent.",
    Sending.ALWAYS: "is sent.",
    Sending.IF_FOUND: "is sent if the registry knows the person.",
    Sending.IF_NOT_FOUND: "is sent if the registry does not know the person.",
    Sending.IF_DIFFERENT: "is sent if the registry has another one.",
}
_NO_PART = (
    "The push leaves the patron out: that needs consent, a national id, and a library that takes "
    "part."
)
_NOTHING_TO_MAKE = (
    "The push creates no record: the registry does not know the person, and there is no number for "
    "one that may be sent."
)


def creation_in_words(creation: Creation, *, draws_pin: bool) -> tuple[Fact, ...]:
    """
    Say where card and PIN come from, what the next push does, and which rule decided.

    :param draws_pin: A library's newcomers get a PIN each, instead of the same one.
    """
    facts = [_fact(*_CARDS[creation.card_source]), _fact(*_pin(creation, draws_pin=draws_pin))]
    if creation.queue is Queue.NONE:
        facts.append(_fact("N3.1", _NO_PART) if creation.rule == "N0" else
                     _fact("N3.4", _NOTHING_TO_MAKE))  # fmt: skip
    else:
        waits = explain_reason(creation.queue)
        facts.append(_fact(waits.rule, f"{waits.code}: {waits.says}"))
        facts.append(_fact("N3.4", f"The card number {_SENT[creation.sends_card]}"))
        facts.append(_fact("N3.6", f"The PIN {_SENT[creation.sends_pin]}"))
    facts.append(_fact("N3.3", f"Row {creation.rule} of the table of scenarios decided."))
    return tuple(facts)


def _pin(creation: Creation, *, draws_pin: bool) -> tuple[str, str]:
    if not creation.must_change_pin:
        return _PINS[creation.pin_source]
    if draws_pin:
        return "N2.5", f"The PIN is drawn for the patron and told once; {_HANDED_OUT}"
    return "N2.5", f"The PIN is the library's default PIN; {_HANDED_OUT}"


def _fact(rule: str, says: str) -> Fact:
    return Fact(says, rule)
