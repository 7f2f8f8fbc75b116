"""``patron-sync watch`` and ``patron-sync status --check``: alerts without Airflow (spec N4.2)."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from registry_operators.errors import SyncError
from registry_operators.terminal import Json, answer, clear_errors, out

if TYPE_CHECKING:
    from registry_operators.domain.alerts import Alert

_EXIT = {None: (0, "OK"), "warning": (1, "WARNING"), "critical": (2, "CRITICAL")}
_UNKNOWN = 3


def watch(
    *,
    test: Annotated[bool, typer.Option(help="Only send a test message.")] = False,
    as_json: Json = False,
) -> None:
    """Look for what is wrong, and tell who does not know yet, as the DAG of this name does."""
    from registry_operators.installation import configured_outlook, open_ledger
    from registry_operators.steps.alerts.tell_alerts import send_test
    from registry_operators.steps.alerts.watch import watch as look

    with clear_errors():
        outlook = configured_outlook()
        if test:
            names = send_test(outlook.channels_of(outlook.load().alerts))
            told = ", ".join(names) or "nobody; block alerts of libraries.yaml names no channel"
            answer(f"Told: {told}.", as_json, told=names)
            return
        with open_ledger() as ledger:
            alerts = look(ledger, outlook)
    if as_json:
        out.print_json(json.dumps([alert.as_dict() for alert in alerts]))
        return
    for alert in alerts:
        line = f"{alert.level} {alert.code}: {alert.text}"
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    if not alerts:
        out.print("Nothing is wrong.")


def check_status(as_json: bool) -> NoReturn:
    """
    Print one line as Nagios reads it, and end with 0, 1, 2, or 3 when nothing can be known.

    Nothing is written and nobody is told. Performance data follow the bar.
    """
    from registry_operators.domain.alerts import worst
    from registry_operators.domain.measures import perfdata
    from registry_operators.installation import configured_outlook, open_ledger
    from registry_operators.steps.alerts.measure import counted_alerts, measures
    from registry_operators.steps.alerts.watch import present_alerts

    try:
        outlook = configured_outlook()
        with open_ledger() as ledger:
            alerts = present_alerts(ledger, outlook)
            numbers = perfdata([*counted_alerts(alerts), *measures(ledger)])
    except SyncError as error:
        _end(f"UNKNOWN: {error.code} {str(error).splitlines()[0]}", _UNKNOWN, as_json, [])
    code, word = _EXIT[worst(alerts)]
    _end(f"{word}: {_summary(alerts)} | {numbers}", code, as_json, alerts)


def _summary(alerts: list[Alert]) -> str:
    """Return the worst first; a line of a monitoring system has no room for all."""
    ordered = sorted(alerts, key=lambda alert: alert.level != "critical")
    told = "; ".join(f"{alert.code} {alert.text}" for alert in ordered[:5])
    more = f"; and {len(alerts) - 5} more" if len(alerts) > 5 else ""
    return f"{told}{more}" if alerts else "nothing is wrong"


def _end(line: str, code: int, as_json: bool, alerts: list[Alert]) -> NoReturn:
    if as_json:
        content = {"exit": code, "says": line, "alerts": [alert.as_dict() for alert in alerts]}
        out.print_json(json.dumps(content))
    else:
        sys.stdout.write(f"patron-sync {line}\n")
    raise typer.Exit(code)
