"""What a data sync needs of the outside, and what its steps share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry_operators.domain.sync.catalogue import Catalogue
from registry_operators.domain.sync.definition import SyncDefinition
from registry_operators.domain.sync.record_mapper import RecordMapper
from registry_operators.domain.sync.sync_decision import SyncDecision
from registry_operators.errors import LedgerError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.settings.profile_fields import ProfileField


@dataclass(frozen=True, slots=True)
class PinnedSync:
    """
    A definition as one version of it was published, with all that it refers to.

    :param digest: SHA-256 of the document.
    :param targets: Field name to field, of the profiles' type.
    """

    definition: SyncDefinition
    version: int
    digest: str
    catalogue: Catalogue
    targets: Mapping[str, ProfileField]

    @property
    def mapper(self) -> RecordMapper:
        """A mapper for its records."""
        return RecordMapper(self.definition, self.catalogue, self.targets)


def read_sync_run(ledger: Ledger, run_id: UUID) -> Any:
    """
    Return the row of ``data_sync/read_run``.

    :raises LedgerError: There is no such run.
    """
    rows = ledger.rows("data_sync/read_run", run_id=run_id)
    if not rows:
        raise LedgerError(f"no run {run_id} of a data sync; open it first")
    return rows[0]


def decision(run: Any, step: str, counts: Mapping[str, int], **labels: str | None) -> SyncDecision:
    """Return what a step of a run decided, for task log and audit trail."""
    return SyncDecision(run.name, run.version, step, counts, labels)


def end_step(
    ledger: Ledger, run: Any, stages: tuple[str, str], decisions: Sequence[SyncDecision]
) -> list[str]:
    """
    Take a run from a stage to the next, and write down what the step decided.

    The last thing that the step's transaction does. A run that is past the stage gets no second
    event.

    :return: The lines for the task log.
    """
    before, behind = stages
    scope = {"run_id": run.run_id, "from_stage": before, "to_stage": behind}
    if ledger.run("data_sync/advance_run", **scope):
        AuditTrail(ledger).append_decisions(run.run_id, decisions)
    return [one.line for one in decisions]


def sync_line(run: Any, step: str, **counts: object) -> str:
    """Return the line of the task log that says what a step did (N4.3)."""
    pairs = " ".join(f"{name}={value}" for name, value in counts.items() if value is not None)
    return f"AUDIT flow=data step={step} sync={run.name} version={run.version} {pairs}"
