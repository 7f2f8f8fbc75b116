"""A whole reconciliation without Airflow: a full pull that compares, and a full push after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from registry_operators.domain.drift import LibraryDrift
from registry_operators.domain.registry_time import registry_now
from registry_operators.domain.tally import LibraryTally
from registry_operators.ledger.database import Ledger
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.steps.compare_sides import read_drift
from registry_operators.steps.open_run import RunRequest
from registry_operators.steps.ports import RegistryConnector, Secrets
from registry_operators.steps.run_flow import run_flow

_FLOWS = ("pull", "push")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """
    What a reconciliation found, and what its two runs did about it.

    :param tallies: Of the pull and then of the push, one a library each.
    """

    drift: list[LibraryDrift]
    tallies: list[LibraryTally]


def reconciliation_run(reconciliation_id: UUID, flow: str) -> UUID:
    """Return the id of one of the two runs; that of the pull is that of the reconciliation."""
    return reconciliation_id if flow == "pull" else uuid5(reconciliation_id, flow)


def reconcile(
    ledger: Ledger,
    config: LibrariesConfig,
    connect: RegistryConnector,
    secrets: Secrets,
    reconciliation_id: UUID,
    *,
    libraries: Sequence[str] = (),
    repairs: bool = False,
    asked_by: str = "schedule",
    tell: Callable[[str], None] = lambda _: None,
    clock: Callable[[], datetime] = registry_now,
) -> Reconciled:
    """
    Compare everybody on both sides and, if asked to, let the two jobs carry what differs.

    Both are full runs with the steps, guards and accounts of the nightly ones; without ``repairs``
    they are dry runs. Repeated with the same id it goes on where it stood.

    :param libraries: Agency codes; empty for all.
    :param tell: Called with each AUDIT line as the runs go on.
    :param clock: The registry's time by our own clock.
    """
    tallies: list[LibraryTally] = []
    for flow in _FLOWS:
        request = RunRequest(
            flow, tuple(libraries), is_full=True, is_dry_run=not repairs, asked_by=asked_by,
            reconciliation_id=reconciliation_id,
        )  # fmt: skip
        run_id = reconciliation_run(reconciliation_id, flow)
        tallies += run_flow(
            ledger, config, connect, secrets, request, run_id, tell=tell, clock=clock
        )
    return Reconciled(read_drift(ledger, run_id=reconciliation_id), tallies)
