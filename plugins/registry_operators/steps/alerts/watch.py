"""Look at everything, and tell who does not know yet (spec N4.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from registry_operators.domain.alerts import DAG_OF_FLOW, FOUND, Alert, AlertCode, Level
from registry_operators.errors import ConfigurationError
from registry_operators.ledger.database import Ledger
from registry_operators.settings.alerts import Alerts, alerts_alone
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.settings.time_zone import libraries_file
from registry_operators.steps.alerts.find_alerts import find_alerts, wrong_configuration
from registry_operators.steps.alerts.keep_alerts import end_alert, keep_alerts, kept_alerts
from registry_operators.steps.alerts.tell_alerts import links_of, tell_alerts
from registry_operators.steps.ports import AlertChannel

_TOLD_OTHERWISE = {AlertCode.RUN_FAILED, AlertCode.LIBRARY_FAILED}


@dataclass(frozen=True, slots=True)
class Outlook:
    """
    What looking needs from outside.

    :param load: Reads and checks the configuration.
    :param channels_of: Makes the channels that the settings name.
    :param now: Aware.
    """

    load: Callable[[], LibrariesConfig]
    channels_of: Callable[[Alerts], Sequence[AlertChannel]]
    now: datetime


def watch(ledger: Ledger, outlook: Outlook) -> list[Alert]:
    """
    Look, write down what is wrong, tell who does not know, and return everything that is wrong.

    May be repeated and run beside itself: nobody is told the same twice, but for a process that
    dies while it tells. With a wrong configuration nothing else can be looked at, so it stays as
    it was.

    :raises ConfigurationError: The Connection of a channel is missing or wrong.
    :raises UnavailableError: A channel could not be told; the others were.
    """
    settings = _look(ledger, outlook)
    tell_alerts(ledger, outlook.channels_of(settings), links_of(settings))
    return kept_alerts(ledger)


def watch_dag(ledger: Ledger, outlook: Outlook, dag_id: str, *, failed: bool) -> None:
    """
    Look at once because a run of a DAG has ended.

    That it failed is told by itself only when looking has not found why.

    :raises ConfigurationError: As ``watch``.
    :raises UnavailableError: As ``watch``.
    """
    settings = _look(ledger, outlook)
    if not failed:
        end_alert(ledger, AlertCode.DAG_FAILED, dag_id)
    elif not any(
        one.code in _TOLD_OTHERWISE and DAG_OF_FLOW[one.flow] == dag_id
        for one in kept_alerts(ledger)
    ):
        keep_alerts(ledger, [failed_dag(dag_id)], looked_for=())
    tell_alerts(ledger, outlook.channels_of(settings), links_of(settings))


def present_alerts(ledger: Ledger, outlook: Outlook) -> list[Alert]:
    """Return everything that is wrong; nothing is written and nobody is told."""
    try:
        found = find_alerts(ledger, outlook.load(), outlook.now)
    except ConfigurationError as error:
        found = [wrong_configuration(_problems(error))]
    return found + [one for one in kept_alerts(ledger) if one.code not in FOUND]


def failed_dag(dag_id: str) -> Alert:
    """Return the alert of a DAG whose run failed."""
    return Alert(AlertCode.DAG_FAILED, Level.CRITICAL, item=dag_id)


def _look(ledger: Ledger, outlook: Outlook) -> Alerts:
    try:
        config = outlook.load()
    except ConfigurationError as error:
        wrong = wrong_configuration(_problems(error))
        keep_alerts(ledger, [wrong], looked_for=[AlertCode.CONFIGURATION])
        return alerts_alone(libraries_file())
    keep_alerts(ledger, find_alerts(ledger, config, outlook.now), looked_for=FOUND)
    return config.alerts


def _problems(error: ConfigurationError) -> int:
    """Return how many things the error names, one a line below its heading."""
    return max(1, len(str(error).splitlines()) - 1)
