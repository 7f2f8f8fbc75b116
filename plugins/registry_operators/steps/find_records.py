"""Where the records behind a number of a run are looked for (spec X4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from registry_operators.ledger.database import Ledger

OUTCOMES = ("created", "updated", "unchanged", "left_out", "held", "failed")
FIELDS = ("relation", "card", "pin")

_AT_ONCE = 50
"""Libraries that one statement looks at."""
_STATES_OF = {
    "created": ("confirmed",),
    "updated": ("confirmed",),
    "unchanged": (),
    "left_out": ("dropped",),
    "held": ("held",),
    "failed": ("failed", "planned", "sent"),
}
"""In which state a record with an outcome has a change, if it has one that was held."""


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """
    Which records of a run are asked for; ``None`` is no condition.

    :param outcome: ``created``, ``updated``, ``unchanged``, ``left_out``, ``held`` or ``failed``.
    :param reason: Reason code.
    :param field: With a change of ``relation``, ``card`` or ``pin``.
    """

    outcome: str | None = None
    reason: str | None = None
    field: str | None = None

    @property
    def outcomes(self) -> tuple[str, ...]:
        """What can have become of the records; empty where the account's notes do not help."""
        if self.outcome is not None:
            return (self.outcome,)
        return OUTCOMES if self.reason is not None else ()

    @property
    def states(self) -> tuple[str, ...]:
        """The states of changes that were held, of records that may be meant."""
        if self.outcome is not None:
            return _STATES_OF[self.outcome]
        return tuple({state for states in _STATES_OF.values() for state in states})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: key of the last record that was looked at; empty before the first."""

    library: str = ""
    record_no: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    Libraries, or a part of one, in which records are looked for in one way.

    :param after_no: Of the first library; the search begins behind it.
    :param up_to: Of the only library; ``None`` for its end.
    :param is_noted: The account has noted the records; otherwise all are looked at.
    """

    libraries: tuple[str, ...]
    after_no: int
    up_to: int | None
    is_noted: bool

    def beyond(self, place: Place) -> Stretch:
        """Return the rest of it behind a place."""
        rest = tuple(code for code in self.libraries if code >= place.library)
        return Stretch(rest, place.record_no, self.up_to, self.is_noted)


def stretches(
    ledger: Ledger, run_id: UUID, libraries: Sequence[str], wanted: RecordFilter, after: Place
) -> Iterator[Stretch]:
    """Yield where to look, in the order of the list; libraries without such records are left."""
    codes = sorted(code for code in libraries if code >= after.library)
    after_no = {after.library: after.record_no}
    if not wanted.outcomes:
        yield from _joined([Stretch((code,), after_no.get(code, 0), None, False) for code in codes])
        return
    rows = ledger.rows("pages/list_noted", run_id=run_id, libraries=codes)
    found = {code: list(group) for code, group in groupby(rows, lambda row: row.library)}
    yield from _joined(
        stretch
        for code in codes
        for stretch in _of_library(code, found.get(code, []), wanted, after_no.get(code, 0))
    )


def find_records(
    ledger: Ledger, run_id: UUID, stretch: Stretch, wanted: RecordFilter, *, most: int
) -> list[Any]:
    """Return the keys of records that may be meant, the first of a stretch."""
    where: Mapping[str, Any] = {
        "run_id": run_id,
        "libraries": list(stretch.libraries),
        "after_library": stretch.libraries[0],
        "after_no": stretch.after_no,
        "most": most,
    }
    if not stretch.is_noted:
        return ledger.rows("pages/find_records", **where, **asdict(wanted))
    return ledger.rows(
        "pages/find_noted_records", **where, up_to=stretch.up_to, reason=wanted.reason,
        outcomes=list(wanted.outcomes), states=list(wanted.states),
    )  # fmt: skip


def _of_library(
    code: str, rows: Sequence[Any], wanted: RecordFilter, after_no: int
) -> Iterator[Stretch]:
    if not rows or rows[0].outcome is None:  # nobody has counted yet
        yield Stretch((code,), after_no, None, False)
        return
    numbers = [
        row
        for row in rows
        if row.outcome in wanted.outcomes and wanted.reason in {None, row.reason}
    ]
    ends = [row.noted_to for row in numbers if row.noted_to is not None]
    if not ends:
        if numbers or rows[0].has_held:
            yield Stretch((code,), after_no, None, True)
        return
    if after_no < min(ends):
        yield Stretch((code,), after_no, min(ends), True)
    yield Stretch((code,), max(after_no, min(ends)), None, False)


def _joined(parts: Iterator[Stretch] | Sequence[Stretch]) -> Iterator[Stretch]:
    """Join whole libraries that follow each other and are searched in the same way."""
    open_: Stretch | None = None
    for part in parts:
        is_next = (
            open_ is not None
            and open_.up_to is None
            and part.up_to is None
            and part.after_no == 0
            and part.is_noted == open_.is_noted
            and len(open_.libraries) < _AT_ONCE
        )
        if open_ is not None and is_next:
            open_ = Stretch(
                (*open_.libraries, *part.libraries), open_.after_no, None, part.is_noted
            )
            continue
        if open_ is not None:
            yield open_
        open_ = part
    if open_ is not None:
        yield open_
