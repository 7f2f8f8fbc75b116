"""Keep one library's failure from the others (spec N4.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from registry_operators.domain.decision import Decision
from registry_operators.errors import SupersededError, SyncError, UnavailableError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger


@dataclass(slots=True)
class StepResult:
    """
    What a step that works library by library reports.

    :param audit: Lines for the task log.
    :param retryable: Libraries that failed in a way that may pass.
    """

    audit: list[str] = field(default_factory=list)
    retryable: list[str] = field(default_factory=list)


def libraries_at(ledger: Ledger, run_id: UUID, stage: str) -> set[str]:
    """Return the libraries that a step is about to take from this stage to the next."""
    rows = ledger.rows("run/list_libraries", run_id=run_id)
    return {row.library for row in rows if row.stage == stage}


def refuse_superseded(ledger: Ledger, run_id: UUID, library: str) -> None:
    """
    Refuse to write for a library that a later run of the flow has dealt with.

    Asked before a step begins, and again under the right to write, for which it may have waited.

    :raises SupersededError: What this run read is out of date.
    """
    rows = ledger.rows("run/list_libraries", run_id=run_id)
    if any(row.library == library and row.is_superseded for row in rows):
        raise SupersededError(
            f"a later run has completed for library {library}, so what this run read is "
            "out of date; start a new run instead of clearing this one"
        )


def each_library(
    ledger: Ledger,
    run_id: UUID,
    libraries: Iterable[str],
    stage: str,
    step: str,
    work: Callable[[str], list[str]],
) -> StepResult:
    """
    Do a step's work for each library that stands at a stage, and go on when one fails.

    The failure is written to the ledger with its code and a text without personal data; the
    library stays at its stage, so that repeating the step takes it up again.
    """
    result = StepResult()
    rows = {row.library: row for row in ledger.rows("run/list_libraries", run_id=run_id)}
    for library in libraries:
        row = rows.get(library)
        if row is None or row.stage != stage:
            continue
        try:
            refuse_superseded(ledger, run_id, library)
            result.audit += work(library)
        except SyncError as error:
            (run,) = ledger.rows("run/read_run", run_id=run_id)
            decision = Decision(run.flow, step, library, {}, {"failure": error.code})
            with ledger.transaction():
                ledger.run(
                    "run/fail_library",
                    run_id=run_id,
                    library=library,
                    failure_code=error.code,
                    failure_detail=str(error),
                )
                AuditTrail(ledger).append_decisions(run_id, [decision])
            result.audit.append(decision.line)
            if isinstance(error, UnavailableError):
                result.retryable.append(library)
    return result
