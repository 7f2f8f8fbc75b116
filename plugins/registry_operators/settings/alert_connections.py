"""Mail server and webhook as their Airflow Connections describe them (spec N4.2)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from registry_operators.clients.alert_mail import AlertMail, MailServer, Tls
from registry_operators.clients.alert_webhook import AlertWebhook, WebhookTarget
from registry_operators.errors import ConfigurationError
from registry_operators.settings.alerts import Alerts
from registry_operators.settings.connections import ConnectionFields, endpoint

_PORTS: dict[Tls, int] = {"starttls": 587, "implicit": 465, "none": 25}


def alert_channels(
    settings: Alerts, fields_of: Callable[[str], ConnectionFields | None]
) -> list[AlertMail | AlertWebhook]:
    """
    Return a channel for each way that the settings name.

    :param fields_of: Gives the fields of an Airflow Connection by its id, or ``None``.
    :raises ConfigurationError: A connection is missing or says too little.
    """

    def required(conn_id: str) -> ConnectionFields:
        fields = fields_of(conn_id)
        if fields is None:
            raise ConfigurationError(
                f"alerts: there is no Airflow Connection {conn_id!r}; create it as "
                "docs/monitoring.md shows"
            )
        return fields

    channels: list[AlertMail | AlertWebhook] = []
    if (mail := settings.mail) is not None:
        server = mail_server(required(mail.connection))
        channels.append(AlertMail(server, mail.sender, mail.recipients))
    if settings.webhook is not None:
        channels.append(AlertWebhook(webhook_target(required(settings.webhook.connection))))
    return channels


def mail_server(fields: ConnectionFields) -> MailServer:
    """
    Make a mail server of a connection: host, port, log-in; extra ``tls`` and ``ca_bundle``.

    :raises ConfigurationError: The host is empty, or ``tls`` is no known word.
    """
    tls = _tls(fields)
    if not fields.host:
        raise ConfigurationError(f"connection {fields.conn_id}: the host is empty")
    return MailServer(
        host=fields.host,
        port=fields.port or _PORTS[tls],
        tls=tls,
        user=fields.login,
        password=_secret(fields),
        ca_bundle=fields.extra.get("ca_bundle"),
    )


def webhook_target(fields: ConnectionFields) -> WebhookTarget:
    """
    Make the target of a connection: type ``http`` or ``https``, host, port, schema as the path.

    :raises ConfigurationError: The host is empty.
    """
    return WebhookTarget(endpoint(fields), _secret(fields), fields.extra.get("ca_bundle"))


def _tls(fields: ConnectionFields) -> Tls:
    match fields.extra.get("tls", "starttls"):
        case "starttls":
            return "starttls"
        case "implicit":
            return "implicit"
        case "none":
            return "none"
        case _:
            raise ConfigurationError(
                f"connection {fields.conn_id}, extra tls: write starttls, implicit or none"
            )


def _secret(fields: ConnectionFields) -> str:
    """Return the password, or what stands in the file that extra ``password_file`` names."""
    file = fields.extra.get("password_file")
    if not file:
        return fields.password
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"connection {fields.conn_id}, extra password_file: the file cannot be read "
            f"({type(error).__name__})"
        ) from None
