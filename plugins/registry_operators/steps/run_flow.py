"""A whole run without Airflow: the same steps in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from uuid import UUID

from registry_operators.domain.registry_time import registry_now
from registry_operators.domain.tally import LibraryTally
from registry_operators.ledger.database import Ledger
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.steps.apply_to_cicero import apply_to_cicero
from registry_operators.steps.apply_to_registry import apply_to_registry
from registry_operators.steps.assign_cards_and_pins import assign_cards_and_pins
from registry_operators.steps.close_run import close_run
from registry_operators.steps.compare_sides import compare_sides
from registry_operators.steps.filter_consent import filter_consent
from registry_operators.steps.filter_local_cards import filter_local_cards
from registry_operators.steps.guard_changes import guard_changes
from registry_operators.steps.look_up_persons import look_up_persons
from registry_operators.steps.move_watermark import move_watermark
from registry_operators.steps.open_run import RunRequest, open_run
from registry_operators.steps.plan_changes import plan_changes
from registry_operators.steps.ports import RegistryConnector, Secrets
from registry_operators.steps.report_run import audit_report, report_run
from registry_operators.steps.stage_cicero_changes import stage_cicero_changes
from registry_operators.steps.stage_registry_changes import stage_registry_changes


def run_flow(
    ledger: Ledger,
    config: LibrariesConfig,
    connect: RegistryConnector,
    secrets: Secrets,
    request: RunRequest,
    run_id: UUID,
    *,
    tell: Callable[[str], None] = lambda _: None,
    clock: Callable[[], datetime] = registry_now,
) -> list[LibraryTally]:
    """
    Run a pull or a push from beginning to end and return its account.

    :param tell: Called with each AUDIT line as the run goes on.
    :param clock: The registry's time by our own clock.
    """
    libraries = open_run(ledger, config, request, run_id, keys=secrets.keys)
    if request.flow == "pull":
        steps = _pull(ledger, config, connect, secrets, run_id, libraries, clock)
    else:
        steps = _push(ledger, config, connect, secrets, run_id, libraries)
    try:
        for lines in steps:
            for line in lines:
                tell(line)
        tallies = report_run(ledger, run_id=run_id)
        for line in audit_report(tallies):
            tell(line)
        return tallies
    finally:
        close_run(ledger, run_id=run_id)


def _pull(
    ledger: Ledger,
    config: LibrariesConfig,
    connect: RegistryConnector,
    secrets: Secrets,
    run_id: UUID,
    libraries: Iterable[str],
    clock: Callable[[], datetime],
) -> Iterator[list[str]]:
    yield stage_registry_changes(
        ledger, connect, secrets, run_id=run_id, libraries=libraries, clock=clock
    ).audit
    yield filter_consent(ledger, run_id=run_id)
    yield filter_local_cards(ledger, run_id=run_id)
    yield compare_sides(ledger, secrets.keys, run_id=run_id, libraries=libraries)
    yield assign_cards_and_pins(ledger, config, secrets, run_id=run_id)
    yield plan_changes(ledger, secrets.keys, run_id=run_id)
    yield guard_changes(ledger, config, run_id=run_id)
    yield apply_to_cicero(ledger, secrets.keys, run_id=run_id, libraries=libraries).audit
    yield move_watermark(ledger, run_id=run_id)


def _push(
    ledger: Ledger,
    config: LibrariesConfig,
    connect: RegistryConnector,
    secrets: Secrets,
    run_id: UUID,
    libraries: Iterable[str],
) -> Iterator[list[str]]:
    yield stage_cicero_changes(ledger, secrets.keys, run_id=run_id, libraries=libraries).audit
    yield filter_consent(ledger, run_id=run_id)
    yield filter_local_cards(ledger, run_id=run_id)
    yield look_up_persons(ledger, connect, secrets, run_id=run_id, libraries=libraries).audit
    yield assign_cards_and_pins(ledger, config, secrets, run_id=run_id)
    yield plan_changes(ledger, secrets.keys, run_id=run_id)
    yield guard_changes(ledger, config, run_id=run_id)
    yield apply_to_registry(ledger, connect, secrets, run_id=run_id, libraries=libraries).audit
    yield move_watermark(ledger, run_id=run_id)
