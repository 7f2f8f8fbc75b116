"""A webhook on a real server on this machine."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
import requests

from registry_operators.clients.alert_webhook import AlertWebhook, WebhookTarget
from registry_operators.domain.alert_message import AlertMessage, Links
from registry_operators.domain.alerts import Alert, AlertCode, Level
from registry_operators.errors import LoginRefusedError, RefusedError, UnavailableError
from tests.unit.clients.ils_stub import Asked, saying

HELD = Alert(
    AlertCode.HELD_CHANGES, Level.WARNING, library="2030000", item="creations",
    facts={"changes": 7, "hours": 30},
)  # fmt: skip
MESSAGE = AlertMessage((HELD,), (), Links(airflow="https://airflow.invalid/"))


def test_alerts_come_as_json_and_are_signed() -> None:
    got: list[Asked] = []

    def answer(asked: Asked):
        got.append(asked)
        return 204, "", {}

    with saying(answer) as url:
        AlertWebhook(WebhookTarget(f"{url}/hook", secret="between us")).send(MESSAGE)

    (asked,) = got
    digest = hmac.new(b"between us", asked.body.encode(), hashlib.sha256).hexdigest()
    assert asked.headers["x-patron-sync-signature"] == f"sha256={digest}"
    (alert,) = json.loads(asked.body)["alerts"]
    assert alert == {
        "status": "wrong", "id": HELD.id, "code": "HELD_CHANGES", "level": "warning", "flow": None,
        "library": "2030000", "item": "creations", "cause": None, "since": None,
        "facts": {"changes": 7, "hours": 30},
        "text": "library 2030000, creations: changes that wait for a decision: 7; hours left: 30",
        "links": {"page": "https://airflow.invalid/plugin/patron-sync/patron-sync/held"},
    }  # fmt: skip


def test_without_a_secret_there_is_no_signature() -> None:
    got: list[Asked] = []

    def answer(asked: Asked):
        got.append(asked)
        return 200, "", {}

    with saying(answer) as url:
        AlertWebhook(WebhookTarget(url)).send(MESSAGE)

    assert "x-patron-sync-signature" not in got[0].headers


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, UnavailableError), (429, UnavailableError), (401, LoginRefusedError),
     (404, RefusedError), (302, RefusedError)],
)  # fmt: skip
def test_a_refusal_is_told_apart_from_trouble_that_passes(status: int, error) -> None:
    with (
        saying(lambda _: (status, "", {"Location": "http://127.0.0.1:1/"})) as url,
        pytest.raises(error) as caught,
    ):
        AlertWebhook(WebhookTarget(f"{url}/a-secret-path")).send(MESSAGE)

    assert type(caught.value) is error
    assert "a-secret-path" not in str(caught.value)


def test_a_target_that_is_away_is_unavailable_and_not_named() -> None:
    with saying(lambda _: (200, "", {})) as url:
        pass

    with pytest.raises(UnavailableError) as caught:
        AlertWebhook(WebhookTarget(f"{url}/a-secret-path")).send(MESSAGE)
    assert "a-secret-path" not in str(caught.value)
    assert not isinstance(caught.value.__cause__, requests.RequestException)
