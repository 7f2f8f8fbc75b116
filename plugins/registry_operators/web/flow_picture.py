"""A run as a picture: what was read parts into what became of it, each as thick as its number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_WIDTH = 1000
_SOURCE_X = 96
_TARGET_X = 400
_HEIGHT = 240  # of what was read, in units of the picture
_THINNEST = 2.0
_LABEL = 30.0
_GAP = 6.0


@dataclass(frozen=True, slots=True)
class Part:
    """
    A share of the records that were read.

    :param kind: ``left_out``, ``unchanged`` …, which decides its colour; ``missing`` for records
        without an outcome.
    :param reason: Reason code of what was left out; empty elsewhere.
    """

    kind: str
    records: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Band:
    """
    A part as it is drawn.

    :param path: Its outline, for ``d`` of an SVG path.
    :param label_y: Where the middle of its label stands.
    """

    part: Part
    path: str
    label_y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """
    All bands, and the frame that they need.

    :param total: What was read.
    :param source_height: Thickness of all parts together, at the left.
    """

    total: int
    width: int
    height: float
    source_x: int
    source_y: float
    source_height: float
    label_x: int
    bands: tuple[Band, ...]


def draw(total: int, parts: Sequence[Part]) -> Picture:
    """
    Lay out a run from the left, where all its records are, to the right, where they end.

    Each band is as thick as its share, at both ends; a small one is drawn with two units, so that
    it can be seen. At the right each has room for a line of text.

    >>> picture = draw(3, [Part("unchanged", 1), Part("updated", 2)])
    >>> [round(band.label_y) for band in picture.bands]
    [40, 166]
    """
    seen = [part for part in parts if part.records]
    whole = max(total, sum(part.records for part in seen), 1)
    thick = [max(_HEIGHT * part.records / whole, _THINNEST) for part in seen]
    slots = [max(one, _LABEL) for one in thick]
    height = sum(slots) + _GAP * max(len(slots) - 1, 0)
    source_height = sum(thick)
    source_y = max((height - source_height) / 2, 0)
    bands = tuple(_bands(seen, thick, slots, source_y))
    return Picture(
        total=total,
        width=_WIDTH,
        height=round(max(height, source_height), 1),
        source_x=_SOURCE_X,
        source_y=round(source_y, 1),
        source_height=round(source_height, 1),
        label_x=_TARGET_X + 12,
        bands=bands,
    )


def _bands(
    parts: Sequence[Part], thick: Sequence[float], slots: Sequence[float], left: float
) -> Iterator[Band]:
    right = 0.0
    for part, one, slot in zip(parts, thick, slots, strict=True):
        top = right + (slot - one) / 2
        yield Band(part, _path(left, top, one), round(right + slot / 2, 1))
        left += one
        right += slot + _GAP


def _path(left: float, right: float, thickness: float) -> str:
    """Return the outline of a band between two heights, bent like a stream."""
    start, end = _SOURCE_X + 14, _TARGET_X
    middle = (start + end) / 2
    upper = f"M{start} {left:.1f}C{middle} {left:.1f} {middle} {right:.1f} {end} {right:.1f}"
    lower = (
        f"V{right + thickness:.1f}C{middle} {right + thickness:.1f} {middle} "
        f"{left + thickness:.1f} {start} {left + thickness:.1f}Z"
    )
    return upper + lower
