"""The account of a run: what became of every record, and whether it adds up (spec X4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from registry_operators.domain.audit_line import audit_line
from registry_operators.domain.mismatch import Mismatch
from registry_operators.domain.reasons import Reason
from registry_operators.domain.tally import LibraryTally
from registry_operators.errors import RunFailedError
from registry_operators.ledger.database import Ledger

_FAILING = (
    "{failing} of {read} records failed, more than guards.failing_records takes for usual; the "
    "rest is done, the reasons stand below, and the next run tries them again"
)
_EXHAUSTED = (
    "the card sequence has no numbers left for {count} patrons; reserve a series in the registry "
    "and write its range into card_sequence and registry_series of the library"
)


def report_run(ledger: Ledger, *, run_id: UUID) -> list[LibraryTally]:
    """
    Account for a run, one tally per library, ordered by agency code, and store the account.

    Counted and checked in one transaction, in place of an earlier account. A library that had come
    to the end of its run with an account that adds up keeps it: nothing of the run changes it any
    more, and rows that were removed since, by age or for erasure, must not turn it red. Spec: X4.
    """
    stored = _stored_tallies(ledger, run_id, lambda row: row.is_final and not row.mismatches)
    libraries = ledger.rows("run/list_libraries", run_id=run_id)
    due = [row for row in libraries if row.library not in stored]
    fresh = _take_account(ledger, run_id, due) if due else {}
    return [(fresh | stored)[row.library] for row in libraries]


def stored_account(ledger: Ledger, *, run_id: UUID) -> list[LibraryTally] | None:
    """
    Return the account as it was stored, or ``None`` where it may no longer be true.

    That is so until every library stands at the end of its run and was counted there.
    """
    stored = _stored_tallies(ledger, run_id, lambda row: row.is_final)
    libraries = [row.library for row in ledger.rows("run/list_libraries", run_id=run_id)]
    if set(stored) != set(libraries):
        return None
    return [stored[library] for library in libraries]


def read_tallies(ledger: Ledger, *, run_id: UUID) -> dict[str, LibraryTally]:
    """
    Return the stored account of each library that was counted where it stands.

    While a run goes on these are the libraries that have come to its end; of a run that has ended
    also those that have stopped before.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    if run.state == "running":
        return _stored_tallies(ledger, run_id, lambda row: row.is_final)
    return _stored_tallies(ledger, run_id, lambda row: row.is_current)


def _stored_tallies(
    ledger: Ledger, run_id: UUID, is_wanted: Callable[[Any], bool]
) -> dict[str, LibraryTally]:
    """Return the tallies of libraries with a stored account that is wanted."""
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    accounts = {
        row.library: row
        for row in ledger.rows("report/read_account", run_id=run_id)
        if is_wanted(row)
    }
    return {
        row.library: _stored_tally(run.flow, row, accounts[row.library])
        for row in ledger.rows("run/list_libraries", run_id=run_id)
        if row.library in accounts
    }


def _stored_tally(flow: str, row: Any, account: Any) -> LibraryTally:
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for one in account.outcomes:
        outcomes[one["outcome"]][one["reason"]] += one["records"]
    off = tuple(Mismatch(**one) for one in account.mismatches)
    return _tally(flow, row, outcomes, account.writes, account.conflicts, off)


def _take_account(
    ledger: Ledger, run_id: UUID, libraries: Sequence[Any]
) -> dict[str, LibraryTally]:
    """Count, store and check the account of some libraries of a run."""
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    codes = [row.library for row in libraries]
    off: dict[str, list[Mismatch]] = defaultdict(list)
    with ledger.transaction():
        rows = [
            row
            for row in ledger.rows(
                "report/count_outcomes", run_id=run_id, library=None, record_no=None
            )
            if row.library in codes
        ]
        writes, conflicts = _changes(ledger, run_id)
        ledger.run("report/forget_outcomes", run_id=run_id, libraries=codes)
        ledger.run(
            "report/store_account",
            run_id=run_id,
            libraries=codes,
            writes=[writes[code] for code in codes],
            conflicts=[conflicts[code] for code in codes],
        )
        ledger.run(
            "report/store_outcomes",
            run_id=run_id,
            libraries=[row.library for row in rows],
            outcomes=[row.outcome for row in rows],
            reasons=[row.reason or "" for row in rows],
            records=[row.records for row in rows],
            record_nos=[f"{{{','.join(map(str, row.record_nos))}}}" for row in rows],
        )
        for row in ledger.rows("report/check_account", run_id=run_id, libraries=codes):
            mismatch = Mismatch(row.number, row.expected, row.found)
            off[row.library].append(mismatch)
            ledger.run("report/note_mismatch", run_id=run_id, library=row.library,
                       number=row.number, expected=row.expected, found=row.found)  # fmt: skip
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in rows:
        counts[row.library][row.outcome][row.reason or ""] += row.records
    return {
        row.library: _tally(
            run.flow, row, counts[row.library], writes[row.library], conflicts[row.library],
            tuple(off[row.library]),
        )
        for row in libraries
    }  # fmt: skip


def _changes(ledger: Ledger, run_id: UUID) -> tuple[Counter[str], Counter[str]]:
    """Return confirmed changes and conflicts, per library."""
    writes: Counter[str] = Counter()
    conflicts: Counter[str] = Counter()
    for row in ledger.rows("report/count_changes", run_id=run_id):
        writes[row.library] += row.changes if row.state == "confirmed" else 0
        conflicts[row.library] += row.conflicts
    return writes, conflicts


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
        f"library {tally.library} does not add up: {mismatch.text}"
        for tally in tallies
        for mismatch in tally.mismatches
    ]
    if problems:
        raise RunFailedError("\n".join(problems))


def _tally(
    flow: str,
    row: Any,
    outcomes: dict[str, Counter[str]],
    writes: int,
    conflicts: int,
    off: tuple[Mismatch, ...],
) -> LibraryTally:
    failures = dict(outcomes["failed"])
    code, detail = row.failure_code, row.failure_detail
    if code is None and row.alarm == "critical":
        code = "FAILING_RECORDS"
        detail = _FAILING.format(failing=sum(failures.values()), read=row.read_count)
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
        off=off,
    )
