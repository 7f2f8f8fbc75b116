"""
What data syncs wrote, held against the digests that the audit trail has of it (docs/audit.md).

Pure: lines in, breaks out. The trail has two digests of a run: the id of its plan, from before the
first write, over values too; and, for each batch that was written, one over which fields of which
profile it wrote, without values. The plan's rows go for their age; an event says so.
Spec: X1, X9, X10.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from registry_operators.domain.audit_chain import Break, BreakKind

_PLAN_ID_DIGITS = 16


@dataclass(slots=True)
class Seal:
    """
    What one batch wrote.

    :param after: It begins behind this record.
    :param through: It ends with this one.
    """

    event_no: int
    after: int
    through: int
    digest: str
    found: hashlib._Hash = field(default_factory=hashlib.sha256)


@dataclass(slots=True)
class SealReader:
    """
    Notes what the events say of data syncs, and holds what the plans say against it.

    :param count: Records that were held against a seal.
    """

    count: int = 0
    _breaks: list[Break] = field(default_factory=list)
    _seals: dict[tuple[bytes, bool], list[Seal]] = field(default_factory=lambda: defaultdict(list))
    _plan_ids: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    _forgotten: set[bytes] = field(default_factory=set)

    def listen(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Pass lines of ``audit/export_events`` on, and note those of data syncs."""
        for line in lines:
            if b"\tdata\t" in line:
                self._note(line.split(b"\t"))
            yield line

    def judge_written(self, lines: Iterable[bytes]) -> list[Break]:
        """Hold lines of ``audit/export_written`` against the seals; a break for each."""
        breaks = self._breaks
        for line in lines:
            run_id, is_approved, text = line.split(b"\t", 2)
            first, approved = self._seals[run_id, False], self._seals[run_id, True]
            seals = approved if is_approved == b"t" else first
            # Of seals the oldest may have been trimmed; what lies before the first is not judged.
            earlier = first if seals is approved else []
            if run_id in self._forgotten or not (seals or earlier):
                continue
            record_no = int(text.split(b"\t", 1)[0])
            seal = _seal_of(seals, record_no)
            if seal is not None:
                seal.found.update(text + b"\n")
                self.count += 1
            elif earlier or record_no > seals[0].after:
                says = f"record {record_no} of run {run_id.decode()} is in no batch that was sealed"
                event_no = (seals or earlier)[-1].event_no
                breaks.append(Break(event_no, BreakKind.PLAN_DIFFERS, says))
        return [*breaks, *self._differing()]

    def judge_plans(self, lines: Iterable[bytes]) -> list[Break]:
        """Hold lines of ``audit/export_plans`` against the ids of the plans; a break for each."""
        breaks: list[Break] = []
        rows = (line.split(b"\t") for line in lines)
        for run_id, group in groupby(rows, key=lambda row: row[0]):
            digest, is_whole = hashlib.sha256(), True
            for _, is_erased, row_text in group:
                is_whole &= is_erased == b"f"
                digest.update(row_text)
            event_no, plan_id = self._plan_ids.get(run_id, (0, ""))
            if is_whole and event_no and digest.hexdigest()[:_PLAN_ID_DIGITS] != plan_id:
                says = f"the plan of run {run_id.decode()} is not what was planned"
                breaks.append(Break(event_no, BreakKind.PLAN_DIFFERS, says))
        return breaks

    def _differing(self) -> Iterator[Break]:
        for (run_id, _), seals in self._seals.items():
            for seal in seals:
                if run_id not in self._forgotten and seal.found.hexdigest() != seal.digest:
                    says = (
                        f"records {seal.after + 1} to {seal.through} of run {run_id.decode()} are "
                        "not what was written"
                    )
                    yield Break(seal.event_no, BreakKind.PLAN_DIFFERS, says)

    def _note(self, columns: list[bytes]) -> None:
        event_no, _, kind, flow, _, run_id, plan_id, step = columns[:8]
        if flow != b"data":
            return
        if kind == b"act" and columns[10] == b"forget_sync":
            self._forgotten.add(run_id)
        elif kind == b"decision" and step == b"plan":
            self._plan_ids[run_id] = int(event_no), plan_id.decode()
        elif kind == b"write" and step == b"load":
            try:
                sealed = json.loads(columns[-2])
                seal = Seal(
                    int(event_no), int(sealed["after"]), int(sealed["through"]), sealed["digest"]
                )
                self._seals[run_id, bool(sealed["is_approved"])].append(seal)
            except (ValueError, KeyError, TypeError):
                says = "it is no readable seal of what was written"
                self._breaks.append(Break(int(event_no), BreakKind.CHANGED, says))


def _seal_of(seals: list[Seal], record_no: int) -> Seal | None:
    """Return the batch of a record; batches of a run follow one another."""
    place = bisect_left(seals, record_no, key=lambda seal: seal.after) - 1
    return seals[place] if place >= 0 and record_no <= seals[place].through else None
