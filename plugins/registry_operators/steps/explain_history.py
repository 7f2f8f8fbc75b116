"""What the last runs did with a patron, in words (spec X6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from registry_operators.domain.explain_reasons import explain_reason
from registry_operators.domain.explain_rules import explain_failure
from registry_operators.domain.explanation import Explanation
from registry_operators.domain.undone import Undone
from registry_operators.domain.why import Episode
from registry_operators.ledger.database import Ledger
from registry_operators.steps.explain_outlook import changes_in_words
from registry_operators.steps.read_undos import read_undos

_SAYS = {
    "created": "Created in the registry.",
    "updated": "Updated.",
    "unchanged": "Read and compared: nothing differed, so nothing was written.",
    "left_out": "Left out.",
    "held": "Held: a person has to decide.",
    "failed": "Failed; every later run tries again until it succeeds or a person decides.",
}


@dataclass(frozen=True, slots=True)
class Past:
    """The last runs, and where the patrons stood in them."""

    ledger: Ledger
    runs: Sequence[Any]
    records: Mapping[tuple[Any, int], list[Any]]
    changes: Mapping[tuple[Any, str, int], list[Any]]
    undone: Mapping[tuple[Any, str], Undone]

    @classmethod
    def read(cls, ledger: Ledger, found: Sequence[Any], runs: int) -> Past:
        """Read runs, records and plans of all patrons found."""
        libraries = sorted({row.library for row in found})
        patron_ids = sorted({row.patron_id for row in found})
        rows = ledger.rows("why/list_runs", libraries=libraries, runs=runs)
        scope = {"run_ids": list({row.run_id for row in rows}), "patron_ids": patron_ids}
        records: dict[tuple[Any, int], list[Any]] = defaultdict(list)
        for record in ledger.rows("why/list_records", **scope):
            records[record.run_id, record.patron_id].append(record)
        changes: dict[tuple[Any, str, int], list[Any]] = defaultdict(list)
        for change in ledger.rows("why/list_changes", **scope):
            changes[change.run_id, change.library, change.record_no].append(change)
        undone = {(one.run_id, one.library): one for one in read_undos(ledger, scope["run_ids"])}
        return cls(ledger, rows, records, changes, undone)

    @property
    def count(self) -> int:
        """How many runs there are."""
        return len({row.run_id for row in self.runs})

    def of(self, patron: Any) -> tuple[Episode, ...]:
        """Tell of each run of the patron's library, the newest first."""
        return tuple(
            episode
            for run in self.runs
            if run.library == patron.library
            for episode in self._episodes(run, patron)
        )

    def _episodes(self, run: Any, patron: Any) -> list[Episode]:
        records = [
            record
            for record in self.records.get((run.run_id, patron.patron_id), [])
            if record.library == run.library
        ]
        told = [self._read(run, record) for record in records] or [_unread(run)]
        undone = self.undone.get((run.run_id, run.library))
        return [replace(episode, undone=undone) for episode in told]

    def _read(self, run: Any, record: Any) -> Episode:
        (counted,) = self.ledger.rows(
            "report/count_outcomes",
            run_id=run.run_id,
            library=record.library,
            record_no=record.record_no,
        )
        says = _SAYS[counted.outcome]
        if run.is_dry_run and counted.outcome in {"created", "updated"}:
            says = "A dry run: planned, and nothing was written."
        if record.is_removal:
            says = f"The relation of a deleted patron: {says[0].lower()}{says[1:]}"
        changes = self.changes[run.run_id, record.library, record.record_no]
        return Episode(
            run_id=run.run_id,
            flow=run.flow,
            library=run.library,
            started_at=run.started_at,
            is_dry_run=run.is_dry_run,
            was_read=True,
            outcome=counted.outcome,
            says=says,
            reason=_reason(counted.reason, run.failure_code),
            changes=changes_in_words(changes),
        )


def _reason(code: str | None, failure_code: str | None) -> Explanation | None:
    if not code:
        return None
    return explain_failure(code) if code == failure_code else explain_reason(code)


def _unread(run: Any) -> Episode:
    """Tell why a run has no record of the patron."""
    was_read: bool | None = False
    reason = None
    if run.stage == "disabled":
        says = "The library was not enabled, so nobody was read."
    elif run.stage == "opened":
        reason = explain_failure(run.failure_code) if run.failure_code else None
        says = "The run did not come as far as reading the library."
    elif run.remembers_all:
        says = _UNREAD[run.flow]
    else:
        was_read = None
        says = (
            "Not read, or read without a difference: what was read and needed nothing is "
            "remembered as long as the staging area only."
        )
    return Episode(
        run_id=run.run_id,
        flow=run.flow,
        library=run.library,
        started_at=run.started_at,
        is_dry_run=run.is_dry_run,
        was_read=was_read,
        outcome=None,
        says=says,
        reason=reason,
    )


_UNREAD = {
    "push": "Not read: nothing about the patron had changed in Cicero since the push before.",
    "pull": "Not read: the registry told of no change of this person since the pull before.",
}
