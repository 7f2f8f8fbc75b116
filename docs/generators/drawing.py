"""
Draw boxes and arrows as SVG, without anything from elsewhere.

A picture brings its own background and two sets of colours, of which the reader's light or dark
setting chooses, so that it can be read on any page. A text that does not fit its box is an error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

_FONT_PX, _LINE_PX, _CHAR_PX = 13, 18, 7.0
_NOTE_CHAR_PX = 6.4
_ARROW_GAP = 3
_STYLE = """\
  :root { --panel: #f7f8fa; --line: #5b6675; --text: #1c2430; --soft: #4a5462;
    --step: #dfe9f7; --store: #e3f0e4; --person: #f6ead3; --outside: #ece6f5; --stop: #f8dfdc; }
  @media (prefers-color-scheme: dark) { :root { --panel: #1d232c; --line: #97a3b4;
    --text: #eef2f7; --soft: #c3ccd8; --step: #2b3f5c; --store: #2b4a35; --person: #57461f;
    --outside: #443659; --stop: #5c2f2b; } }
  text { font: 13px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; fill: var(--text); }
  .b { font-weight: 600; } .n { font-size: 12px; fill: var(--soft); }
  .panel { fill: var(--panel); } .box { stroke: var(--line); }
  .step { fill: var(--step); } .store { fill: var(--store); } .person { fill: var(--person); }
  .outside { fill: var(--outside); } .stop { fill: var(--stop); }
  .frame { fill: none; stroke: var(--line); stroke-dasharray: 5 4; }
  .arrow { fill: none; stroke: var(--line); stroke-width: 1.5; marker-end: url(#head); }
  .head { fill: var(--line); }
"""


class DrawingError(Exception):
    """A text is wider than its box, or a box lies outside the picture; make room."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels, from its left upper corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2

    def border_towards(self, x: float, y: float) -> tuple[float, float]:
        """Return where a line to a point leaves: straight if it can, else from the centre."""
        if self.x <= x <= self.x + self.width:
            return x, self.y - _ARROW_GAP if y < self.y else self.y + self.height + _ARROW_GAP
        if self.y <= y <= self.y + self.height:
            return self.x - _ARROW_GAP if x < self.x else self.x + self.width + _ARROW_GAP, y
        from_x, from_y = self.middle
        along_x, along_y = x - from_x, y - from_y
        reach = min(
            (self.width / 2 + _ARROW_GAP) / abs(along_x) if along_x else 1e9,
            (self.height / 2 + _ARROW_GAP) / abs(along_y) if along_y else 1e9,
        )
        return from_x + along_x * reach, from_y + along_y * reach


@dataclass(slots=True)
class Picture:
    """
    A picture that is put together piece by piece.

    :param title: What it shows, for people who do not see it; the description says the rest.
    """

    width: int
    height: int
    title: str
    description: str
    _parts: list[str] = field(default_factory=list)

    def box(
        self, kind: str, x: float, y: float, width: float, *lines: str, height: float | None = None
    ) -> Box:
        """
        Draw a box with lines of text, the first of them bold.

        :param kind: ``step``, ``store``, ``person``, ``outside`` or ``stop``.
        :raises DrawingError: A line does not fit.
        """
        room = Box(x, y, width, height or len(lines) * _LINE_PX + 14)
        if room.x + room.width > self.width or room.y + room.height > self.height:
            raise DrawingError(f"{self.title}: {lines[0]!r} lies outside the picture")
        for line in lines:
            if len(line) * _CHAR_PX > width - 8:
                raise DrawingError(f"{self.title}: {line!r} is wider than {width}")
        radius = 12 if kind == "store" else 4
        self._parts.append(
            f'<rect class="box {kind}" x="{x:g}" y="{y:g}" width="{width:g}" '
            f'height="{room.height:g}" rx="{radius}"/>'
        )
        middle, top = room.middle
        first = top - (len(lines) - 1) * _LINE_PX / 2 + _FONT_PX * 0.35
        for number, line in enumerate(lines):
            weight = ' class="b"' if number == 0 else ""
            self._text(middle, first + number * _LINE_PX, line, f'{weight} text-anchor="middle"')
        return room

    def frame(self, x: float, y: float, width: float, height: float, label: str = "") -> None:
        """Draw a dashed frame around what belongs together."""
        self._parts.append(
            f'<rect class="frame" x="{x:g}" y="{y:g}" width="{width:g}" '
            f'height="{height:g}" rx="8"/>'
        )
        self._text(x + 10, y + 18, label, ' class="n"')

    def arrow(
        self, start: Box, end: Box, label: str = "", *, via: tuple[tuple[float, float], ...] = (),
        at: tuple[float, float] | None = None,
    ) -> None:  # fmt: skip
        """
        Draw an arrow from box to box, by way of points if there are any.

        :param at: Where the middle of the label stands; else above the middle of the arrow.
        """
        between = via or (_between(start, end),)
        points = [start.border_towards(*between[0]), *via, end.border_towards(*between[-1])]
        path = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self._parts.append(f'<path class="arrow" d="M{path}"/>')
        if label:
            (from_x, from_y), (to_x, to_y) = points[len(points) // 2 - 1 : len(points) // 2 + 1]
            x, y = at or ((from_x + to_x) / 2, (from_y + to_y) / 2 - 7)
            self.note(x, y, label, is_centred=True)

    def note(self, x: float, y: float, text: str, *, is_centred: bool = False) -> None:
        """
        Write a small line.

        :raises DrawingError: It does not fit into the picture.
        """
        length = len(text) * _NOTE_CHAR_PX
        left = x - length / 2 if is_centred else x
        if left < 2 or left + length > self.width - 2 or y > self.height - 4:
            raise DrawingError(f"{self.title}: {text!r} leaves the picture")
        self._text(x, y, text, ' class="n"' + (' text-anchor="middle"' if is_centred else ""))

    def svg(self) -> str:
        """Return the whole picture."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'width="{self.width}" height="{self.height}" role="img">\n'
            f"<title>{escape(self.title)}</title>\n<desc>{escape(self.description)}</desc>\n"
            f"<style>\n{_STYLE}</style>\n"
            '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" '
            'markerHeight="7" orient="auto-start-reverse">'
            '<path class="head" d="M0 0 10 5 0 10z"/></marker></defs>\n'
            f'<rect class="panel" width="{self.width}" height="{self.height}" rx="10"/>\n'
            + "\n".join(self._parts)
            + "\n</svg>\n"
        )

    def _text(self, x: float, y: float, text: str, attributes: str) -> None:
        self._parts.append(f'<text x="{x:g}" y="{y:.1f}"{attributes}>{escape(text)}</text>')


def _between(one: Box, other: Box) -> tuple[float, float]:
    """Return a point between two boxes, on a line straight to both where there is such a line."""

    def shared(start: float, length: float, other_start: float, other_length: float) -> float:
        least, most = max(start, other_start), min(start + length, other_start + other_length)
        return (least + most) / 2

    return (
        shared(one.x, one.width, other.x, other.width),
        shared(one.y, one.height, other.y, other.height),
    )
