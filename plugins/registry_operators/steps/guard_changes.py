"""Hold back what exceeds the limits, before the first write (spec X2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from registry_operators.domain.decision import Decision
from registry_operators.domain.guards import Alarm, GuardKind, allowed_changes, has_shrunk
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.steps.library_failures import libraries_at

_CONFLICTS = "conflicts"


def guard_changes(
    ledger: Ledger,
    config: LibrariesConfig,
    *,
    run_id: UUID,
    now: Callable[[ZoneInfo], datetime] = datetime.now,
) -> list[str]:
    """
    Judge the plan of every planned library, hold what exceeds, and let the rest go on.

    Changes of a kind that exceed their limit at a library wait together as one held set; conflicts
    whose policy is ``hold`` wait as another. A library whose source has shrunk, or of whose records
    too many fail, stops before anything is written. A dry run says the same and holds nothing.
    One transaction.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    with ledger.transaction():
        moving = libraries_at(ledger, run_id, "planned")
        guard = _Guard(ledger, config, run_id, run.flow, now(ZoneInfo(config.timezone)))
        decisions = [
            *guard.judge_sources(), *guard.judge_absence(), *guard.judge_failures(),
            *guard.judge_changes(),
        ]  # fmt: skip
        if not run.is_dry_run:
            decisions += guard.hold_conflicts(sorted(moving - guard.stopped))
        for library in sorted(moving - guard.stopped):
            ledger.run(
                "run/advance_library",
                run_id=run_id,
                library=library,
                to_stage="guarded",
                read_count=None,
                until_time=None,
            )
        if not run.is_dry_run:
            ledger.run("guard/supersede_held", run_id=run_id)
            ledger.run("guard/close_superseded")
        AuditTrail(ledger).append_decisions(run_id, decisions, moving)
    return [decision.line for decision in decisions]


class _Guard:
    """The judgement of one run."""

    def __init__(
        self, ledger: Ledger, config: LibrariesConfig, run_id: UUID, flow: str, now: datetime
    ) -> None:
        self._ledger = ledger
        self._config = config
        self._run_id = run_id
        self._flow = flow
        self._today = now.date()
        (run,) = ledger.rows("run/read_run", run_id=run_id)
        self._holds = not run.is_dry_run
        self.stopped: set[str] = set()

    def judge_sources(self) -> Iterator[Decision]:
        """Stop the libraries of which far fewer records came than the full run before read."""
        limit = self._config.guards.source_shrink.limit
        for row in self._ledger.rows("guard/count_sources", run_id=self._run_id):
            if row.before_count is None or not has_shrunk(row.before_count, row.now_count, limit):
                continue
            counts = {"before": row.before_count, "now": row.now_count}
            yield self._stop(
                row.library,
                "SOURCE_SHRANK",
                f"the source gave {row.now_count} records and {row.before_count} in the full run "
                "before, more missing than guards.source_shrink allows; find out why, and if it "
                "is right raise that limit for one run",
                counts,
            )

    def judge_absence(self) -> Iterator[Decision]:
        """Stop the libraries of whose patrons too many did not come from the registry."""
        limit = self._config.guards.source_shrink.limit
        for row in self._ledger.rows("guard/count_absent", run_id=self._run_id):
            present = row.expected - row.absent
            if row.library in self.stopped or not has_shrunk(row.expected, present, limit):
                continue
            yield self._stop(
                row.library,
                "SOURCE_SHRANK",
                f"{row.absent} of {row.expected} patrons who should be in the registry did not "
                "come from it, more than guards.source_shrink allows, so nobody is taken for gone; "
                "find out why, and if it is right raise that limit for one run",
                {"expected": row.expected, "absent": row.absent},
            )

    def judge_failures(self) -> Iterator[Decision]:
        """Write down how many records fail, and stop where it is too many."""
        limits = self._config.guards.failing_records.limits
        for row in self._ledger.rows("guard/count_failures", run_id=self._run_id):
            alarm = limits.judge(row.read_count or 0, row.failing)
            if alarm is Alarm.NONE:
                continue
            self._ledger.run(
                "guard/set_alarm", run_id=self._run_id, library=row.library, alarm=alarm
            )
            counts = {"read": row.read_count, "failing": row.failing}
            if alarm is Alarm.STOP:
                yield self._stop(
                    row.library,
                    "FAILING_RECORDS",
                    f"{row.failing} of {row.read_count} records fail, more than "
                    "guards.failing_records allows, so nothing is written; the report names the "
                    "reasons, and the next run reads all of them again",
                    counts,
                )
            else:
                yield self._decision(row.library, counts, rule="failing_records", state=alarm)

    def judge_changes(self) -> Iterator[Decision]:
        """Hold each kind of change of which a library has more than its limit allows."""
        for row in self._ledger.rows("guard/count_changes", run_id=self._run_id):
            if row.library in self.stopped:
                continue
            kind = GuardKind(row.kind)
            allowed = allowed_changes(
                kind,
                row.library,
                row.population,
                self._config.limit(row.library, kind),
                self._config.guards.announcements,
                self._today,
            )
            is_held = row.changes > allowed
            if is_held and self._holds:
                set_id = uuid5(self._run_id, f"{row.library}/{kind}")
                self._ledger.run(
                    "guard/hold_changes",
                    run_id=self._run_id,
                    library=row.library,
                    kind=kind,
                    held_set_id=set_id,
                )
                self._add_set(set_id, row.library, kind, allowed, row.population)
            counts = {"changes": row.changes, "allowed": allowed, "patrons": row.population}
            yield self._decision(
                row.library, counts, rule=kind, state="held" if is_held else "passed"
            )

    def hold_conflicts(self, libraries: list[str]) -> Iterator[Decision]:
        """Gather each library's conflicts that wait for a person."""
        for library in libraries:
            set_id = uuid5(self._run_id, f"{library}/{_CONFLICTS}")
            held = self._ledger.run(
                "guard/hold_conflicts", run_id=self._run_id, library=library, held_set_id=set_id
            )
            if held:
                self._add_set(set_id, library, _CONFLICTS, 0, 0)
                yield self._decision(library, {"changes": held}, rule=_CONFLICTS, state="held")

    def _add_set(
        self, set_id: UUID, library: str, kind: str, allowed: int, population: int
    ) -> None:
        self._ledger.run(
            "guard/add_held_set",
            held_set_id=set_id,
            run_id=self._run_id,
            library=library,
            kind=kind,
            allowed=allowed,
            population=population,
            expire_days=self._config.guards.approval.expire_days,
        )

    def _stop(self, library: str, code: str, detail: str, counts: dict[str, int]) -> Decision:
        self.stopped.add(library)
        self._ledger.run(
            "run/fail_library",
            run_id=self._run_id,
            library=library,
            failure_code=code,
            failure_detail=detail,
        )
        return self._decision(library, counts, rule=code.lower(), state="stopped")

    def _decision(self, library: str, counts: dict[str, int], **details: str) -> Decision:
        return Decision(self._flow, "guard", library, counts, dict(details))
