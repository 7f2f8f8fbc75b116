"""What is left of a document without its wrong parts, so that the rest can be judged too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Place = tuple[str | int, ...]
_ROWS = ("filter", "mapping")
_STAND_INS = {"name": "unnamed", "type": "update"}
"""For what must be there; ``update`` has no rule of its own about the mapping."""


@dataclass(frozen=True, slots=True)
class SoundParts:
    """
    The part of a document that has the right form.

    :param content: As the model of the document reads it.
    :param rows: Of filter and mapping, the places in the document of the rows that are left.
    """

    content: dict[str, Any]
    rows: Mapping[str, Sequence[int]]

    def original(self, place: Place) -> Place:
        """Return where in the document something stands."""
        match place:
            case (str(key), int(index), *rest) if index < len(self.rows.get(key, ())):
                return (key, self.rows[key][index], *rest)
        return place

    def says_nothing_of(self, place: Place) -> bool:
        """Say whether a finding is about parts that are not there any more."""
        return place in {(), ("mapping",)}


def sound_parts(content: Mapping[str, Any], wrong: Sequence[Place]) -> SoundParts:
    """
    Return a document without its wrong keys and rows.

    :param wrong: Places of what has the wrong form, is missing, or is not known.
    """
    bad_rows = {place[:2] for place in wrong if len(place) > 1 and place[0] in _ROWS}
    bad_keys = {place[0] for place in wrong if place and place[:2] not in bad_rows}
    rows = {
        key: [index for index in range(len(content[key])) if (key, index) not in bad_rows]
        for key in _ROWS
        if isinstance(content.get(key), list)
    }
    kept = {key: value for key, value in content.items() if key not in bad_keys}
    kept |= {key: [content[key][index] for index in rows[key]] for key in rows if key in kept}
    kept |= {key: value for key, value in _STAND_INS.items() if key in bad_keys}
    if bad_rows:
        kept["type"] = _STAND_INS["type"]
    return SoundParts(kept, rows)
