"""Compare everybody on both sides, before anything is planned (spec X3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from registry_operators.domain.decision import Decision
from registry_operators.domain.drift import LibraryDrift
from registry_operators.domain.keys import SyncKeys
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.steps.library_failures import libraries_at


def compare_sides(
    ledger: Ledger, keys: SyncKeys, *, run_id: UUID, libraries: Iterable[str]
) -> list[str]:
    """
    Count how the registry, as a full pull has staged it, and Cicero compare, by kind.

    Only counts are kept. A library that was compared keeps what was found then, before anything was
    repaired. One transaction. A run that is no reconciliation is left alone.
    """
    (run,) = ledger.rows("run/read_run", run_id=run_id)
    if run.reconciliation_id != run_id:
        return []
    pads = dict(zip(("inner_pad", "outer_pad"), keys.fingerprint_pads, strict=True))
    compared = {drift.library for drift in read_drift(ledger, run_id=run_id)}
    with ledger.transaction():
        standing = libraries_at(ledger, run_id, "cards_filtered") & set(libraries)
        due = sorted(standing - compared)
        ledger.run("reconcile/count_persons", run_id=run_id, libraries=due)
        ledger.run("reconcile/count_values", run_id=run_id, libraries=due, **pads)
        decisions = [
            Decision(run.flow, "compare", drift.library, dict(kinds), {"field": field})
            for drift in read_drift(ledger, run_id=run_id)
            for field, kinds in drift.fields.items()
            if drift.library in due
        ]
        AuditTrail(ledger).append_decisions(run_id, decisions)
    return [decision.line for decision in decisions]


def read_drift(ledger: Ledger, *, run_id: UUID) -> list[LibraryDrift]:
    """Return what the comparison found at each library; empty for a run that compared nothing."""
    found: dict[str, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for row in ledger.rows("reconcile/list_drift", run_id=run_id):
        found[row.library][row.field][row.kind] = row.records
    return [LibraryDrift(library, fields) for library, fields in found.items()]
