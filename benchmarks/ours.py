"""Our side of the comparisons: a whole pull or push, all steps, as Airflow would run them."""

from __future__ import annotations

from uuid import uuid4

from benchmarks.sizes import LIBRARY, MASTER_KEY
from registry_operators.clients.pin_cipher import PinCipher
from registry_operators.clients.registry_client import RegistryAccount, RegistryClient
from registry_operators.domain.guards import GuardKind
from registry_operators.domain.keys import SyncKeys
from registry_operators.errors import LedgerError
from registry_operators.ledger.database import Ledger
from registry_operators.paths import CONFIG_DIR
from registry_operators.settings.guards import Guards, LimitSetting
from registry_operators.settings.libraries import LibrariesConfig, load_libraries
from registry_operators.steps.open_run import RunRequest
from registry_operators.steps.ports import RegistryConnector, Secrets
from registry_operators.steps.run_flow import run_flow
from stand_ins.people import (
    DEMO_PIN_KEY,
    DEMO_VENDOR,
    DEMO_VENDOR_SECRET,
    authorisation_code,
    registry_password,
)

# More changes than any usual night has; they are counted against their limits all the same.
_WIDE = {kind: LimitSetting(percent=100) for kind in GuardKind}


def account(endpoint: str) -> tuple[str, str, str]:
    """Return endpoint, user and password of the measured library."""
    password = registry_password(authorisation_code(LIBRARY), DEMO_VENDOR_SECRET)
    return endpoint, f"{DEMO_VENDOR}-{LIBRARY}", password


def configuration() -> LibrariesConfig:
    """Return the libraries of the demo, without limits that hold anything."""
    config = load_libraries(CONFIG_DIR / "libraries.yaml")
    return config.model_copy(update={"guards": Guards(limits=_WIDE)})


def secrets() -> Secrets:
    """Return the keys of everything measured."""
    return Secrets(SyncKeys.from_master(MASTER_KEY), PinCipher(DEMO_PIN_KEY))


def connector(endpoint: str) -> RegistryConnector:
    """Return what connects a library to the registry."""
    return lambda library: RegistryClient(RegistryAccount(library, *account(endpoint)))


def run(flow: str, database_url: str, endpoint: str) -> int:
    """
    Run a flow for the measured library and return how many patrons it read.

    :raises LedgerError: The run failed for the library or for a record; its time says nothing.
    """
    with Ledger.connect(database_url) as ledger:
        (tally,) = run_flow(
            ledger, configuration(), connector(endpoint), secrets(), RunRequest(flow, (LIBRARY,)),
            uuid4(),
        )  # fmt: skip
    if tally.failures:
        raise LedgerError(f"the measured {flow} failed: {tally.as_dict()}")
    return tally.read
