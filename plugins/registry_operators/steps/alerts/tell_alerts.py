"""Tell each channel what has changed since it was last told (spec N4.2)."""

from __future__ import annotations

from collections.abc import Sequence

from registry_operators.domain.alert_message import AlertMessage, Links
from registry_operators.errors import SyncError, UnavailableError
from registry_operators.ledger.database import Ledger
from registry_operators.settings.alerts import Alerts
from registry_operators.steps.alerts.keep_alerts import read_alert
from registry_operators.steps.ports import AlertChannel


def tell_alerts(ledger: Ledger, channels: Sequence[AlertChannel], links: Links) -> int:
    """
    Send each channel one message about every state that it does not know; return the messages.

    At least once: a message is sent inside the transaction that remembers it, so that who dies in
    between sends it again, with the same id. A channel that fails does not stop the others.

    :raises UnavailableError: A channel could not be told; the message names each.
    """
    sent, troubles = 0, []
    for channel in channels:
        try:
            sent += _tell(ledger, channel, links)
        except SyncError as error:
            troubles.append(f"{channel.name}: {error}")
    if troubles:
        raise UnavailableError("; ".join(troubles))
    return sent


def send_test(channels: Sequence[AlertChannel]) -> list[str]:
    """
    Send each channel a message that says that nothing is wrong; return their names.

    :raises SyncError: A channel did not take it.
    """
    for channel in channels:
        channel.send(AlertMessage((), ()))
    return [channel.name for channel in channels]


def links_of(settings: Alerts) -> Links:
    """Return where readers of messages find more."""
    return Links(settings.airflow_url, settings.runbook_url)


def _tell(ledger: Ledger, channel: AlertChannel, links: Links) -> int:
    with ledger.transaction():
        ledger.rows("alerts/lock_alerts")
        rows = ledger.rows("alerts/list_untold", channel=channel.name)
        if not rows:
            return 0
        message = AlertMessage(
            tuple(read_alert(row) for row in rows if not row.is_over),
            tuple(read_alert(row) for row in rows if row.is_over),
            links,
        )
        ledger.run("alerts/forget_told", channel=channel.name)
        ledger.run("alerts/store_told", channel=channel.name)
        # Last, so that the database cannot refuse anything after somebody has been told.
        channel.send(message)
    return 1
