"""What a data sync needs of the outside, and what its steps share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry_operators.domain.sync.catalogue import Catalogue
from registry_operators.domain.sync.definition import SyncDefinition
from registry_operators.domain.sync.record_mapper import RecordMapper
from registry_operators.errors import LedgerError
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


def sync_line(run: Any, step: str, **counts: object) -> str:
    """Return the line of the task log that says what a step did (N4.3)."""
    pairs = " ".join(f"{name}={value}" for name, value in counts.items() if value is not None)
    return f"AUDIT flow=data step={step} sync={run.name} version={run.version} {pairs}"
