"""Alerts as JSON, over HTTP."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

import orjson
import requests

from registry_operators.domain.alert_message import AlertMessage
from registry_operators.errors import LoginRefusedError, RefusedError, UnavailableError

TIMEOUT_S = 20.0
SIGNATURE = "X-Patron-Sync-Signature"


@dataclass(frozen=True, slots=True)
class WebhookTarget:
    """
    Where alerts are posted.

    :param url: Never told in messages, because some hold a secret in their path.
    :param secret: Key of the signature; empty for none.
    :param ca_bundle: File of certificates to trust; ``None`` for those that ``requests`` brings.
    """

    url: str = field(repr=False)
    secret: str = field(default="", repr=False)
    ca_bundle: str | None = None


class AlertWebhook:
    """
    Posts alerts as JSON.

    With a secret, header ``X-Patron-Sync-Signature`` is ``sha256=`` and the HMAC-SHA-256 of the
    body in hex.
    """

    name = "webhook"

    def __init__(self, target: WebhookTarget) -> None:
        self._target = target

    def send(self, message: AlertMessage) -> None:
        """
        Post a message.

        :raises UnavailableError: No answer, or one that says try again: 408, 429, 5xx.
        :raises RefusedError: Any other answer than 2xx.
        """
        body = orjson.dumps(message.as_dict())
        headers = {"Content-Type": "application/json", "User-Agent": "patron-sync"}
        if self._target.secret:
            digest = hmac.new(self._target.secret.encode(), body, hashlib.sha256).hexdigest()
            headers[SIGNATURE] = f"sha256={digest}"
        try:
            answer = requests.post(
                self._target.url, body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False,
                verify=self._target.ca_bundle or True,
            )  # fmt: skip
        except requests.RequestException as error:
            raise UnavailableError(
                f"the webhook does not answer ({type(error).__name__}); check host and path of "
                "the connection of alerts.webhook"
            ) from None
        _judge(answer.status_code)


def _judge(status: int) -> None:
    if 200 <= status < 300:
        return
    if status in {408, 425, 429} or status >= 500:
        raise UnavailableError(f"the webhook cannot take it now (HTTP {status})")
    if status in {401, 403}:
        raise LoginRefusedError(f"the webhook refused us (HTTP {status}); check its secret")
    raise RefusedError(f"the webhook refused (HTTP {status}); check host and path")
