"""Block ``alerts`` of ``libraries.yaml``, and the connections that it names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from registry_operators.clients.alert_mail import MailServer
from registry_operators.errors import ConfigurationError
from registry_operators.settings.alert_connections import alert_channels, mail_server
from registry_operators.settings.alert_connections import webhook_target as target
from registry_operators.settings.alerts import Alerts, alerts_alone
from registry_operators.settings.connections import ConnectionFields
from registry_operators.settings.libraries import load_libraries
from tests.factories import LIBRARY, a_library_config

MAIL = {"sender": "sync@library.invalid", "recipients": ["ops@library.invalid"]}


def write(folder: Path, alerts: Any, **library: Any) -> Path:
    file = folder / "libraries.yaml"
    block = a_library_config(LIBRARY, **library)
    file.write_text(yaml.safe_dump({"alerts": alerts, "libraries": {LIBRARY: block}}))
    return file


def test_nobody_is_told_unless_somebody_is_named(tmp_path: Path) -> None:
    alerts = load_libraries(write(tmp_path, {})).alerts

    assert (alerts.mail, alerts.webhook) == (None, None)
    assert [f"{alerts.done_by(flow):%H:%M}" for flow in ("push", "pull")] == ["04:00", "07:00"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"pull_done_by": "7:00"}, "field alerts.pull_done_by"),
        ({"pull_done_by": "05:30"}, "pull_done_by must be later than 06:00"),
        ({"mail": {"sender": "a@l.invalid", "recipients": []}}, "field alerts.mail.recipients"),
        ({"mail": {**MAIL, "sender": "nobody"}}, "field alerts.mail.sender"),
        ({"airflow_url": "airflow.invalid"}, "field alerts.airflow_url"),
        ({"quiet_runs": 0}, "field alerts.quiet_runs"),
        ({"sms": {}}, "field alerts.sms: is not known"),
    ],
    ids=["time", "before it begins", "nobody", "no address", "no url", "zero", "unknown"],
)
def test_a_mistake_is_named_with_its_field(tmp_path: Path, wrong: Any, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_libraries(write(tmp_path, wrong))

    assert told in str(caught.value)


def test_a_file_that_is_wrong_elsewhere_still_says_who_is_told(tmp_path: Path) -> None:
    file = write(tmp_path, {"mail": MAIL}, default_pin="12")

    assert alerts_alone(file) == Alerts.model_validate({"mail": MAIL})


@pytest.mark.parametrize(
    "text", ["[", "libraries: {}", "alerts: 3", "alerts: {quiet_runs: no}", None],
    ids=["no yaml", "no block", "no block at all", "wrong block", "no file"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_tells_nobody(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "libraries.yaml"
    if text is not None:
        file.write_text(text)

    assert alerts_alone(file) == Alerts()


@pytest.mark.parametrize(
    ("tls", "port"), [(None, 587), ("starttls", 587), ("implicit", 465), ("none", 25)]
)
def test_a_mail_server_has_the_usual_port_of_its_encryption(tls: str | None, port: int) -> None:
    extra = {} if tls is None else {"tls": tls}
    fields = ConnectionFields("alert_mail", host="mail.invalid", extra=extra)

    server = mail_server(fields)

    assert (server.port, server.tls) == (port, tls or "starttls")


def test_a_password_may_stand_in_a_file_and_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hush-hush\n")
    extra = {"password_file": str(tmp_path / "password")}
    fields = ConnectionFields("c", "https", "l.invalid", path="hook", login="sync", extra=extra)

    server, webhook = mail_server(fields), target(fields)

    assert server.password == webhook.secret == "hush-hush"
    assert webhook.url == "https://l.invalid/hook"
    assert "hush" not in repr(server) + repr(webhook)
    assert isinstance(server, MailServer)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (None, "no Airflow Connection 'alert_mail'"),
        (ConnectionFields("alert_mail"), "host is empty"),
        (ConnectionFields("alert_mail", host="m", extra={"tls": "yes"}), "extra tls"),
        (ConnectionFields("alert_mail", host="m", extra={"password_file": "/nowhere"}),
         "extra password_file"),
    ],
    ids=["missing", "no host", "tls", "no file"],
)  # fmt: skip
def test_a_connection_that_says_too_little_is_named(fields: Any, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        alert_channels(Alerts.model_validate({"mail": MAIL}), lambda _: fields)


def test_each_way_that_is_named_is_a_channel() -> None:
    settings = Alerts.model_validate({"mail": MAIL, "webhook": {"connection": "chat"}})
    asked: list[str] = []

    def fields_of(conn_id: str) -> ConnectionFields:
        asked.append(conn_id)
        return ConnectionFields(conn_id, "https", host="l.invalid")

    channels = alert_channels(settings, fields_of)

    assert [channel.name for channel in channels] == ["mail", "webhook"]
    assert asked == ["alert_mail", "chat"]
