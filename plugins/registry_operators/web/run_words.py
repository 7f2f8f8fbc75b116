"""The codes of runs and held sets in words; templates are given this module as ``words``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from registry_operators.web.explanation_words import RULES
from registry_operators.web.language import mark
from registry_operators.web.reason_words import REASONS

FLOWS = {"push": mark("To the registry"), "pull": mark("From the registry")}
STATES = {
    "running": ("info", mark("not finished")),
    "succeeded": ("good", mark("done")),
    "failed": ("bad", mark("failed")),
}
STAGES = {
    "disabled": mark("switched off"),
    "opened": mark("begun"),
    "staged": mark("read"),
    "consent_filtered": mark("consents checked"),
    "cards_filtered": mark("local cards put aside"),
    "looked_up": mark("looked up in the registry"),
    "assigned": mark("numbers given"),
    "planned": mark("planned"),
    "guarded": mark("limits checked"),
    "loaded": mark("written"),
    "done": mark("done"),
}
OUTCOMES = {
    "left_out": ("off", mark("left out")),
    "unchanged": ("info", mark("unchanged")),
    "created": ("good", mark("created")),
    "updated": ("good", mark("updated")),
    "held": ("warn", mark("held for a decision")),
    "failed": ("bad", mark("failed")),
}
"""What can become of a record, with the kind of its badge, in the order of the account."""
DRIFT = {
    "equal": mark("the same on both sides"),
    "neither": mark("on neither side"),
    "on_both_sides": mark("on both sides"),
    "waiting": mark("differs, and is on its way"),
    "kept_here": mark("stays in Cicero on purpose"),
    "kept_apart": mark("differs since it was taken back"),
    "unusable": mark("the registry's value cannot be used"),
    "registry_changed": mark("only the registry changed"),
    "cicero_changed": mark("only Cicero changed"),
    "both_changed": mark("both sides changed"),
    "never_agreed": mark("differs, and never was the same"),
    "missing_in_registry": mark("missing in the registry"),
    "missing_in_cicero": mark("missing in Cicero"),
    "not_in_registry": mark("the person did not come from the registry"),
}
"""What a comparison of both sides found."""
FIELDS = {"relation": mark("Relation"), "card": mark("Card number"), "pin": mark("PIN")}
TARGETS = {"cicero": mark("in Cicero"), "registry": mark("in the registry")}
ACTIONS = {
    "create": mark("new"),
    "update": mark("changed"),
    "remove": mark("removed"),
    "clear": mark("emptied"),
}
CHANGE_STATES = {
    "planned": ("info", mark("planned")),
    "sent": ("info", mark("sent, not answered yet")),
    "confirmed": ("good", mark("written")),
    "failed": ("bad", mark("failed")),
    "held": ("warn", mark("held for a decision")),
    "dropped": ("off", mark("not written")),
}
HELD_STATES = {
    "open": ("warn", mark("waits for a decision")),
    "approved": ("info", mark("approved, being carried out")),
    "applied": ("good", mark("approved and carried out")),
    "rejected": ("off", mark("rejected")),
    "expired": ("off", mark("expired")),
    "superseded": ("off", mark("replaced by a later run")),
}
KINDS = {
    "relation_removals": mark("relations removed"),
    "field_clears": mark("fields emptied"),
    "card_overwrites": mark("card numbers replaced"),
    "pin_overwrites": mark("PINs replaced"),
    "creations": mark("records created"),
    "consent_flips": mark("consents changed"),
    "conflicts": mark("values that both sides had changed"),
}
"""What a held set is of."""
UNDO_STATES = {
    "reversed": ("good", mark("put back")),
    "kept": ("off", mark("left as it is")),
    "failed": ("bad", mark("failed")),
    "planned": ("warn", mark("not dealt with")),
}
MISMATCHES = {
    "accounted": mark("%(expected)s records were read, and %(found)s have an outcome"),
    "in_two_places": mark("%(found)s records are both taken out by a step and still there"),
    "planned_only": mark("%(found)s records have a plan and are nowhere else"),
    "writes": mark("%(expected)s changes are written by the plan, and %(found)s were reported"),
    "unsettled": mark("%(found)s changes have no end"),
    "held_without_set": mark("%(found)s changes are held, and nobody is asked about them"),
    None: mark("%(number)s should be %(expected)s and is %(found)s"),
}
"""What is off in an account, by the number that ``report/check_account`` names."""


def mismatch(number: str) -> str:
    """Return what is off, with places for the numbers."""
    return MISMATCHES.get(number, MISMATCHES[None])


def reason(code: str | None) -> str:
    """Return a code in words; one of another release stays as it is."""
    return REASONS.get(code, code) if code else ""


def rule(code: str) -> str:
    """Return why a change was planned, in words."""
    return RULES.get(code, code)


def texts(badges: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return the texts of badges without their kinds."""
    return {code: text for code, (_, text) in badges.items()}


def options(
    say: Callable[[str], str], codes: Iterable[str], known: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return the choices of a field that narrows a list: all, and each code with its text."""
    return [("", say(mark("all"))), *((code, say(known.get(code, code))) for code in codes)]
