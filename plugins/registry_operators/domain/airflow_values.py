"""
What may be kept in Airflow: numbers, codes, ids and words of our own, and nothing else (spec X8).

Whatever a task hands to another stays in Airflow's database and pages, where nobody erases it. So
not what looks like a person is refused, but everything that is not known to be harmless.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime

from registry_operators.domain.drift import DriftKind
from registry_operators.domain.guards import GuardKind
from registry_operators.domain.reasons import Reason
from registry_operators.domain.tally import LibraryTally

_MOST = 10_000_000  # counts stay below; a national id and the digits of a card number do not

_KEYS = frozenset(field.name for field in fields(LibraryTally)) | {
    "enabled", "failure", "adds_up", "off", "created", "updated", "unchanged", "left_out", "held",
    "failed", "failures", "lines", "libraries", "unfinished", "expired", "trigger_run_id", "conf",
    "held_set_id", "digest", "library", "kind", "changes", "allowed", "unexplained", "relation",
    "card", "pin", *DriftKind,
}  # fmt: skip
_WORDS = frozenset(
    {"pull", "push", "succeeded", "failed", "conflicts", *GuardKind, *Reason}
    | {"SOURCE_SHRANK", "FAILING_RECORDS"}  # a guard stopped the library
)
# What a report says of a number that is off (domain.mismatch).
_PROSE = frozenset(
    {
        "a", "accounted", "an", "and", "are", "both", "but", "by", "change", "changes", "confirmed",
        "decides", "end", "expected", "found", "has", "have", "held", "held_without_set", "in",
        "in_two_places", "is", "many", "neither", "no", "nor", "on", "or", "out", "outcome", "plan",
        "planned", "planned_only", "read", "record", "records", "sent", "set", "somebody", "staged",
        "step", "still", "taken", "that", "the", "too", "unsettled", "without", "writes",
    }
)  # fmt: skip
_AGENCY = re.compile(r"[0-9]{7}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(\+[0-9]{2}:[0-9]{2}|Z)"
_RUN_ID = re.compile(
    rf"held-{_UUID.pattern}"
    rf"|(manual|scheduled|backfill|asset_triggered)__{_MOMENT}(_[A-Za-z0-9]{{8}})?"
)
_PAGE = re.compile(rf"/dags/apply_held_changes/runs/held-{_UUID.pattern}")
_PIECE = re.compile(r"[A-Za-z_]+|[0-9]+|[,:]| ")
_ANSWER_KEYS = {"chosen_options", "params_input", "responded_at", "responded_by_user"}
_STAFF = re.compile(r"(?!.*[0-9]{5})[\w.@+' -]{1,100}")


def refused_part(value: object, codes: frozenset[str] = frozenset(), key: str = "") -> str | None:
    """
    Return where a value holds what must not be kept in Airflow, or ``None``.

    The place is told by known keys, positions and types only; it never repeats a value.

    >>> refused_part({"library": "2030000", "read": 12, "left_out": {"NO_CONSENT": 3}})
    >>> refused_part({"library": "2030000", "conf": ["Solbakken"]})
    'conf[0]: str'

    :param codes: Further words in upper case: the codes of failures.
    """
    match value:
        case None | bool():
            return None
        case int():
            return None if abs(value) < _MOST else "int"
        case str():
            return None if _is_known(value, codes, key) else "str"
        case Mapping():
            return _refused_entry(value, codes)
        case Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            return next(
                (
                    _under(f"[{number}]", place)
                    for number, one in enumerate(value)
                    if (place := refused_part(one, codes, key))
                ),
                None,
            )
        case _:
            return type(value).__name__


def is_answer(value: object) -> bool:
    """
    Say whether this is what a person answered to a held set, in exactly Airflow's form.

    It holds the name of the one who answered: a member of staff, who must be known, no patron.
    """
    if not isinstance(value, Mapping) or not _ANSWER_KEYS - {"params_input"} <= set(value):
        return False
    who = value["responded_by_user"]
    return (
        set(value) <= {*_ANSWER_KEYS, "timedout"}
        and value["chosen_options"] in (["Approve"], ["Reject"])
        and not value.get("params_input")
        and isinstance(value.get("timedout", False), bool)
        and _is_moment(value["responded_at"])
        and (
            who is None
            or (
                isinstance(who, Mapping)
                and set(who) == {"id", "name"}
                and all(isinstance(text, str) and _STAFF.fullmatch(text) for text in who.values())
            )
        )
    )


def _refused_entry(value: Mapping[object, object], codes: frozenset[str]) -> str | None:
    for key, one in value.items():
        if not (isinstance(key, str) and _is_key(key, codes)):
            return "a key that is not known"
        if place := refused_part(one, codes, key):
            return _under(key, place)
    return None


def _under(where: str, place: str) -> str:
    return f"{where}{place}" if place.startswith("[") else f"{where}: {place}"


def _is_key(text: str, codes: frozenset[str]) -> bool:
    return text in _KEYS or text in _WORDS or text in codes or bool(_AGENCY.fullmatch(text))


def _is_known(text: str, codes: frozenset[str], key: str) -> bool:
    if key == "digest":
        return bool(_DIGEST.fullmatch(text))
    if key == "off":
        return _is_prose(text)
    return (
        text in _WORDS
        or text in codes
        or any(form.fullmatch(text) for form in (_AGENCY, _UUID, _RUN_ID, _PAGE))
    )


def _is_prose(text: str) -> bool:
    pieces = _PIECE.findall(text)
    return "".join(pieces) == text and all(
        piece in _PROSE or piece in {" ", ",", ":"} or (piece.isdigit() and int(piece) < _MOST)
        for piece in pieces
    )


def _is_moment(value: object) -> bool:
    is_text = isinstance(value, str) and re.fullmatch(_MOMENT, value.replace(" ", "T"))
    return isinstance(value, datetime) or bool(is_text)
