"""What the pages of a run are told of it: its account in all, by library and as a picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry_operators.domain.mismatch import Mismatch
from registry_operators.domain.tally import LibraryTally
from registry_operators.errors import ConfigurationError
from registry_operators.ledger.database import Ledger
from registry_operators.steps.report_run import read_tallies
from registry_operators.web.flow_picture import Part, Picture, draw
from registry_operators.web.language import mark
from registry_operators.web.problems import not_found
from registry_operators.web.room import Room

_REASONS_DRAWN = 8


@dataclass(frozen=True, slots=True)
class Line:
    """
    A library's part in a run.

    :param stage: How far it has come.
    :param tally: Its account; ``None`` until it stands at its end, or the run has ended.
    """

    library: str
    name: str
    stage: str
    read: int | None
    tally: LibraryTally | None


@dataclass(frozen=True, slots=True)
class Account:
    """
    What became of the records of a run, at all libraries that are counted.

    :param uncounted: Libraries that have not come to the end of the run.
    :param off: Library and number of everything that does not add up.
    """

    lines: tuple[Line, ...]
    read: int
    left_out: Mapping[str, int]
    unchanged: int
    created: int
    updated: int
    held: int
    failures: Mapping[str, int]
    writes: int
    conflicts: int
    uncounted: int
    off: tuple[tuple[str, Mismatch], ...]

    @property
    def failed(self) -> int:
        """Records that could not be dealt with."""
        return sum(self.failures.values())

    @property
    def accounted(self) -> int:
        """Records that have an outcome."""
        return sum(part.records for part in self.parts)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The outcomes in the order of the account, those left out by reason."""
        return (
            *(Part("left_out", records, reason) for reason, records in _ordered(self.left_out)),
            Part("unchanged", self.unchanged),
            Part("created", self.created),
            Part("updated", self.updated),
            Part("held", self.held),
            *(Part("failed", records, reason) for reason, records in _ordered(self.failures)),
        )

    @property
    def picture(self) -> Picture:
        """The account as a picture, in which rare reasons stand together."""
        missing = self.read - self.accounted
        rows = [*_merged(self.parts), *([Part("missing", missing)] if missing > 0 else [])]
        return draw(self.read, rows)


def read_run(ledger: Ledger, run_id: UUID) -> Any:
    """
    Return the row of ``pages/read_run``.

    :raises PageError: 404; the ledger has no such run.
    """
    rows = ledger.rows("pages/read_run", run_id=run_id)
    if not rows:
        raise not_found(mark("The ledger has no such run."))
    return rows[0]


def read_account(ledger: Ledger, run_id: UUID, names: Mapping[str, str]) -> Account:
    """Return what became of a run's records, as far as its libraries are counted."""
    tallies = read_tallies(ledger, run_id=run_id)
    lines = tuple(
        Line(
            row.library, names.get(row.library, row.library), row.stage, row.read_count,
            tallies.get(row.library),
        )
        for row in ledger.rows("run/list_libraries", run_id=run_id)
    )  # fmt: skip
    left_out: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    for tally in tallies.values():
        left_out.update(tally.left_out)
        failures.update(tally.failures)
    every = list(tallies.values())
    return Account(
        lines=lines,
        read=sum(one.read for one in every),
        left_out=left_out,
        unchanged=sum(one.unchanged for one in every),
        created=sum(one.created for one in every),
        updated=sum(one.updated for one in every),
        held=sum(one.held for one in every),
        failures=failures,
        writes=sum(one.writes for one in every),
        conflicts=sum(one.conflicts for one in every),
        uncounted=sum(line.tally is None for line in lines),
        off=tuple((one.library, mismatch) for one in every for mismatch in one.mismatches),
    )


def library_names(room: Room) -> dict[str, str]:
    """Return the name of each library by its code; none where ``libraries.yaml`` is wrong."""
    try:
        return {code: library.name for code, library in room.config().libraries.items()}
    except ConfigurationError:
        return {}  # what happened can be read all the same


def _ordered(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _merged(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield the parts with the rarest reasons of each outcome in one."""
    for kind in dict.fromkeys(part.kind for part in parts):
        of_kind = [part for part in parts if part.kind == kind]
        yield from of_kind[:_REASONS_DRAWN]
        if rest := sum(part.records for part in of_kind[_REASONS_DRAWN:]):
            yield Part(kind, rest, "OTHERS")
