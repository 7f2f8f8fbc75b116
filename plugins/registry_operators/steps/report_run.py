"""The account of a run: what became of every record, and whether it adds up (spec X4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any
from uuid import UUID

from registry_operators.domain.audit_line import audit_line
from registry_operators.domain.reasons import Reason
from registry_operators.domain.tally import LibraryTally
from registry_operators.errors import RunFailedError
from registry_operators.ledger.database import Ledger

_EXHAUSTED = (
    "the card sequence has no numbers left for {count} patrons; reserve a series in the registry "
    "and write its range into card_sequence and registry_series of the library"
)


def report_run(ledger: Ledger, *, run_id: UUID) -> list[LibraryTally]:
    """Count the outcomes of a run, one tally per library, ordered by agency code."""
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in ledger.rows("report/count_outcomes", run_id=run_id):
        counts[row.library][row.outcome][row.reason or ""] += row.records
    writes: Counter[str] = Counter()
    conflicts: Counter[str] = Counter()
    for row in ledger.rows("report/count_changes", run_id=run_id):
        writes[row.library] += row.changes if row.state == "confirmed" else 0
        conflicts[row.library] += row.conflicts
    return [
        _tally(run.flow, row, counts[row.library], writes[row.library], conflicts[row.library])
        for row in ledger.rows("run/list_libraries", run_id=run_id)
    ]


def audit_report(tallies: list[LibraryTally]) -> list[str]:
    """Return AUDIT lines: per library the identity that must hold, and then each reason."""
    return [line for tally in tallies for line in (_identity_line(tally), *_reason_lines(tally))]


def _identity_line(tally: LibraryTally) -> str:
    return audit_line(
        tally.flow,
        "report",
        tally.library,
        {
            "read": tally.read,
            "created": tally.created,
            "updated": tally.updated,
            "unchanged": tally.unchanged,
            "left_out": sum(tally.left_out.values()),
            "held": tally.held,
            "failed": tally.failed,
            "writes": tally.writes,
        },
        adds_up="yes" if tally.adds_up else "no",
        state="disabled" if not tally.is_enabled else None,
        failure=tally.failure_code,
    )


def _reason_lines(tally: LibraryTally) -> list[str]:
    return [
        audit_line(tally.flow, "report", tally.library, {outcome: records}, reason=reason)
        for outcome, reasons in (("left_out", tally.left_out), ("failed", tally.failures))
        for reason, records in sorted(reasons.items())
    ]


def raise_if_failed(tallies: list[LibraryTally]) -> None:
    """
    Make a run red whose libraries did not all come through, or whose numbers do not add up.

    :raises RunFailedError: Names each library and its cause (N4.2).
    """
    problems = [
        f"library {tally.library}: {tally.failure_detail or tally.failure_code}"
        for tally in tallies
        if tally.failure_code
    ]
    problems += [
        f"library {tally.library}: {tally.read} records were read and {tally.accounted} accounted "
        "for; the run's rows in patron_sync.verdict and patron_sync.plan show which"
        for tally in tallies
        if not tally.adds_up
    ]
    if problems:
        raise RunFailedError("\n".join(problems))


def _tally(
    flow: str, row: Any, outcomes: dict[str, Counter[str]], writes: int, conflicts: int
) -> LibraryTally:
    failures = dict(outcomes["failed"])
    code, detail = row.failure_code, row.failure_detail
    if code is None and (exhausted := failures.get(Reason.SEQUENCE_EXHAUSTED)):
        code, detail = str(Reason.SEQUENCE_EXHAUSTED), _EXHAUSTED.format(count=exhausted)
    return LibraryTally(
        flow=flow,
        library=row.library,
        is_enabled=row.stage != "disabled",
        read=row.read_count or 0,
        created=outcomes["created"].total(),
        updated=outcomes["updated"].total(),
        unchanged=outcomes["unchanged"].total(),
        left_out=dict(outcomes["left_out"]),
        held=outcomes["held"].total(),
        failures=failures,
        failure_code=code,
        failure_detail=detail,
        writes=writes,
        conflicts=conflicts,
    )
