"""What data syncs did with a person's records, and why (spec X6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry_operators.domain.sync.explain_outcomes import explain_outcome
from registry_operators.domain.sync.record_story import RecordEpisode, RecordStory
from registry_operators.domain.undone import at_minute
from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.find_records import FoundRecord

_SAYS = {
    "created": "A profile was created.",
    "updated": "The profile was updated.",
    "unchanged": "Read and compared: nothing differed, so nothing was written.",
    "left_out": "Left out.",
    "held": "Held: a person has to decide.",
    "failed": "Failed; the next run tries again.",
    "waiting": "Planned, and not written yet.",
    None: "Read, and not judged: the run did not come so far.",
}


def explain_records(
    ledger: Ledger, found: Sequence[FoundRecord], runs: int
) -> tuple[RecordStory, ...]:
    """
    Tell of each record what its profile is and what the last runs of its system did with it.

    No value of a person is in the answer: fields and conditions are named only. Reads only.

    :param runs: So many runs of each library system.
    """
    past = _Past.read(ledger, found, runs)
    return tuple(
        RecordStory(
            one.source,
            one.record_id,
            one.profile_id,
            tuple(_facts(past.profiles.get(one.profile_id))),
            tuple(past.of(one)),
        )
        for one in found
    )


@dataclass(frozen=True, slots=True)
class _Past:
    """The last runs of the systems, where the records stood in them, and the profiles."""

    runs: Sequence[Any]
    records: Mapping[tuple[Any, str], Sequence[Any]]
    profiles: Mapping[int | None, Any]

    @classmethod
    def read(cls, ledger: Ledger, found: Sequence[FoundRecord], runs: int) -> _Past:
        known = [one for one in found if one.record_id is not None]
        rows = ledger.rows(
            "why/list_sync_runs", sources=sorted({str(one.source) for one in known}), runs=runs
        )
        records: dict[tuple[Any, str], list[Any]] = defaultdict(list)
        for row in ledger.rows(
            "why/list_sync_records",
            run_ids=[row.run_id for row in rows],
            sources=[one.source for one in known],
            record_ids=[one.record_id for one in known],
        ):
            records[row.run_id, row.record_id].append(row)
        ids = [one.profile_id for one in found if one.profile_id is not None]
        profiles = ledger.rows("why/read_profiles", profile_ids=ids)
        return cls(rows, records, {row.profile_id: row for row in profiles})

    def of(self, record: FoundRecord) -> Iterator[RecordEpisode]:
        """Tell of each run of the record's system, the newest first."""
        for run in self.runs:
            if run.source == record.source:
                rows = self.records.get((run.run_id, str(record.record_id)), ())
                yield from (_read(run, row) for row in rows)
                if not rows:
                    yield _unread(run)


def _facts(profile: Any) -> Iterator[str]:
    if profile is None:
        yield "The record has no profile."
        return
    made_by = f"run {profile.created_run}" if profile.created_run else "no data sync"
    yield (
        f"Profile {profile.profile_id} of type {profile.type}, created on "
        f"{at_minute(profile.created_at)} by {made_by}, last changed on "
        f"{at_minute(profile.changed_at)}."
    )
    yield f"It has values in: {', '.join(profile.fields) or 'no field'}."


def _read(run: Any, row: Any) -> RecordEpisode:
    says = _SAYS[row.outcome]
    if run.is_dry_run and row.outcome in {"created", "updated"}:
        says = "A dry run: planned, and nothing was written."
    elif row.action == "link" and row.outcome == "unchanged":
        says = "The profile had all values already, and was linked to the record."
    conditions = tuple(row.unmet)
    if row.reason == "FILTERED" and run.staging_gone_at is not None:
        conditions = tuple(run.conditions)
        says = "Left out; which of the conditions it did not meet is not remembered any more."
    return RecordEpisode(
        run_id=run.run_id,
        sync=run.name,
        version=run.version,
        started_at=run.started_at,
        is_dry_run=run.is_dry_run,
        was_read=True,
        outcome=row.outcome,
        says=says,
        reason=explain_outcome(row.reason) if row.reason else None,
        conditions=conditions,
        written=tuple(row.written),
        cleared=tuple(row.cleared),
        problems=tuple(row.problems),
        reversed=tuple(row.reversed),
        kept=tuple(row.kept),
    )


def _unread(run: Any) -> RecordEpisode:
    """Tell why a run has nothing of the record."""
    was_read: bool | None = False
    if run.records_gone_at is not None:
        was_read = None
        says = "The records of the run were removed for their age; nobody can tell any more."
    elif run.stage == "opened":
        code = f" ({run.failure_code})" if run.failure_code else ""
        says = f"Not read: the run did not come to the end of the reading{code}."
    elif run.conditions:
        says = (
            "Not read: the library system did not give the record. It is not there, or the system "
            "has evaluated a condition of the filter itself."
        )
    else:
        says = "Not read: the library system did not give the record."
    return RecordEpisode(
        run_id=run.run_id,
        sync=run.name,
        version=run.version,
        started_at=run.started_at,
        is_dry_run=run.is_dry_run,
        was_read=was_read,
        outcome=None,
        says=says,
        conditions=() if was_read is None else tuple(run.conditions),
    )
