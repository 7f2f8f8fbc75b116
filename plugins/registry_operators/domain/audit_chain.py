"""
The chain of the audit trail: how a digest is computed, and which link is the first broken one.

Pure: lines in, verdict out, one pass, flat memory. The digest of an event is the SHA-256 of the
digest before it and of its columns as PostgreSQL's ``COPY`` writes them (docs/audit.md).
Spec: X9, X10.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

GENESIS = bytes(32)


class BreakKind(StrEnum):
    """What is wrong with a link."""

    CHANGED = "changed event"
    MISSING = "missing event"
    INSERTED = "inserted event"
    CUT = "cut tail"
    HEAD_DIFFERS = "signed head does not match"
    BAD_SIGNATURE = "bad signature"
    PLAN_DIFFERS = "plan does not match"


class Break(NamedTuple):
    """A broken link: the event that does not fit, or that should be there."""

    event_no: int
    kind: BreakKind
    text: str


class Event(NamedTuple):
    """A line of the trail; ``digest`` is what is stored, right or wrong."""

    number: int
    text: bytes
    digest: bytes

    def follows(self, before: bytes) -> bool:
        """Say whether the stored digest is that of this event after the one before."""
        return hashlib.sha256(before + self.text).digest() == self.digest


@dataclass(slots=True)
class ChainReader:
    """
    Reads the events in order and notes what does not fit.

    :param heads: Digests that were signed, by event number.
    """

    heads: Mapping[int, bytes] = field(default_factory=dict)
    breaks: list[Break] = field(default_factory=list)
    count: int = 0
    first: Event | None = None
    last_no: int = 0
    trimmed_up_to: int = 0
    _trimmed_digest: bytes = b""
    _before: bytes = GENESIS
    _suspect: Event | None = None

    def read(self, lines: Iterable[bytes]) -> None:
        """Read lines of ``audit/export_events``, without their ends, until there are no more."""
        for line in lines:
            event = _parse(line)
            self.count += 1
            if b"\ttrim\t" in event.text:
                self._note_trim(event)
            if not self.breaks:
                self._link(event)
            self.last_no = max(self.last_no, event.number)

    def finish(self) -> list[Break]:
        """Judge what only the end can tell, and return all breaks, the first one first."""
        if self._suspect is not None and not self.breaks:
            self._add(self._suspect.number, BreakKind.CHANGED, "or put in without a digest of it")
        self._judge_beginning()
        self._judge_heads()
        return sorted(self.breaks, key=lambda one: one.event_no)

    def _link(self, event: Event) -> None:
        if self._suspect is not None:
            self._judge_suspect(self._suspect, event)
        elif self.first is None:
            self.first = event
            if event.number == 1 and not event.follows(GENESIS):
                self._suspect = event
                return
        elif event.number > self.last_no + 1:
            gap = f"up to {event.number - 1}" if event.number > self.last_no + 2 else "alone"
            self._add(self.last_no + 1, BreakKind.MISSING, gap)
        elif event.number <= self.last_no:
            self._add(event.number, BreakKind.INSERTED, "its number occurs twice")
        elif not event.follows(self._before):
            self._suspect = event
            return
        self._judge_head(event)
        self._before = event.digest

    def _judge_suspect(self, suspect: Event, following: Event) -> None:
        """Tell an event that was changed from one that was put in, by the event after it."""
        is_put_in = following.number == suspect.number or following.follows(self._before)
        kind = BreakKind.INSERTED if is_put_in else BreakKind.CHANGED
        self._add(suspect.number, kind, "it does not follow from the event before")

    def _judge_head(self, event: Event) -> None:
        signed = self.heads.get(event.number)
        if signed is not None and signed != event.digest:
            earlier = max((number for number in self.heads if number < event.number), default=0)
            self._add(
                event.number,
                BreakKind.HEAD_DIFFERS,
                f"something after event {earlier} was changed and all digests made anew",
            )

    def _judge_beginning(self) -> None:
        """Hold the first event against the newest note of a trimming."""
        expected = self.trimmed_up_to + 1
        if self.first is None:
            return
        if self.first.number > expected:
            last = self.first.number - 1
            self._add(expected, BreakKind.MISSING, f"up to {last}, and no trimming tells of it")
        elif self.first.number < expected:
            text = f"events up to {self.trimmed_up_to} were trimmed"
            self._add(self.first.number, BreakKind.INSERTED, text)
        elif self.trimmed_up_to and not self.first.follows(self._trimmed_digest):
            text = "it does not follow from the event that was trimmed last"
            self._add(self.first.number, BreakKind.CHANGED, text)

    def _judge_heads(self) -> None:
        """Hold signed heads against what lies beyond the end and before the beginning."""
        newest = max(self.heads, default=0)
        if newest > self.last_no:
            text = f"event {newest} was signed, and the trail ends with {self.last_no}"
            self._add(self.last_no + 1, BreakKind.CUT, text)
        at_cut = self.heads.get(self.trimmed_up_to)
        if at_cut is not None and at_cut != self._trimmed_digest:
            text = "the note of the trimming has another digest"
            self._add(self.trimmed_up_to, BreakKind.HEAD_DIFFERS, text)

    def _note_trim(self, event: Event) -> None:
        columns = event.text.split(b"\t")
        if columns[1] != b"trim":
            return
        try:
            detail = json.loads(columns[-1])
            noted = int(detail["up_to"]), bytes.fromhex(detail["digest"])
        except (ValueError, KeyError, TypeError):
            self._add(event.number, BreakKind.CHANGED, "it is no readable note of a trimming")
        else:
            self.trimmed_up_to, self._trimmed_digest = noted

    def _add(self, event_no: int, kind: BreakKind, text: str) -> None:
        self.breaks.append(Break(event_no, kind, text))


def _parse(line: bytes) -> Event:
    """Part a line into number, columns and digest; what cannot be read fits nowhere."""
    number, _, rest = line.partition(b"\t")
    text, _, digest = rest.rpartition(b"\t")
    try:
        return Event(int(number), text, bytes.fromhex(digest.decode()))
    except ValueError:
        return Event(int(number) if number.isdigit() else 0, text, b"")
