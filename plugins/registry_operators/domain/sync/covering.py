"""How much of a value pages and previews show, by how much it tells about a person (spec X6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from registry_operators.domain.sync.catalogue import Sensitivity
from registry_operators.domain.sync.definition import COVER

_SHOWN = {Sensitivity.PERSONAL: 2, Sensitivity.IDENTIFYING: 1}
_ORDER = (Sensitivity.PLAIN, Sensitivity.PERSONAL, Sensitivity.IDENTIFYING)
NOTHING = "–"


def covered(value: Any, sensitivity: Sensitivity) -> str:
    """
    Return a value as people see it who need to know whether a mapping is right, not whose it is.

    >>> covered("Nyberg", Sensitivity.IDENTIFYING), covered("UGRD", Sensitivity.PLAIN)
    ('N…(6)', 'UGRD')
    >>> covered("2004-03-19", Sensitivity.PERSONAL), covered(None, Sensitivity.PERSONAL)
    ('20…(10)', '–')
    """
    match value:
        case None | [] | "":
            return NOTHING
        case list():
            return ", ".join(covered(one, sensitivity) for one in value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if sensitivity is Sensitivity.PLAIN:
        return text
    shown = _SHOWN[sensitivity]
    return f"{text[:shown]}{COVER}({len(text)})" if len(text) > shown + 1 else COVER


def strictest(sensitivities: Iterable[Sensitivity]) -> Sensitivity:
    """
    Return the one that covers most.

    >>> strictest([Sensitivity.PLAIN, Sensitivity.IDENTIFYING]).value
    'identifying'
    """
    return max(sensitivities, key=_ORDER.index, default=Sensitivity.PLAIN)
