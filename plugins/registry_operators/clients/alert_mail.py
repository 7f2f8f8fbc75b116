"""Alerts by mail, over SMTP."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal

from registry_operators.domain.alert_message import AlertMessage
from registry_operators.errors import RefusedError, UnavailableError

TIMEOUT_S = 20.0
Tls = Literal["starttls", "implicit", "none"]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MailServer:
    """
    A mail server that takes messages from us.

    :param tls: ``starttls`` insists on it, ``implicit`` encrypts from the first byte, ``none``
        sends in the clear.
    :param user: Empty where the server asks for no log-in.
    :param ca_bundle: File of certificates to trust; ``None`` for those of the machine.
    """

    host: str
    port: int
    tls: Tls = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_bundle: str | None = None


class AlertMail:
    """
    Sends alerts as plain text. The Message-ID is the same when a message is sent again.

    :param sender: Address that they come from.
    :param recipients: Addresses that they go to, all in one message.
    """

    name = "mail"

    def __init__(self, server: MailServer, sender: str, recipients: Sequence[str]) -> None:
        self._server = server
        self._sender = sender
        self._recipients = list(recipients)

    def send(self, message: AlertMessage) -> None:
        """
        Hand a message to the mail server.

        :raises UnavailableError: The server did not answer, or cannot take it now.
        :raises RefusedError: The server refused log-in, sender, or every recipient.
        """
        mail = self._written(message)
        try:
            server = self._connected()
            try:
                if self._server.user:
                    server.login(self._server.user, self._server.password)
                refused = server.send_message(mail)
            finally:
                _part_from(server)
        except smtplib.SMTPResponseException as error:
            raise _judged(error.smtp_code, type(error).__name__) from None
        except smtplib.SMTPRecipientsRefused as error:
            code = min(code for code, _ in error.recipients.values())
            raise _judged(code, "no recipient was taken") from None
        except (OSError, smtplib.SMTPException) as error:
            raise UnavailableError(
                f"the mail server does not take messages ({type(error).__name__}); check the "
                "connection of alerts.mail: host, port, and extra tls"
            ) from None
        if refused:  # no error: the others would be told again and again
            _log.warning(
                "the mail server refused %d of %d recipients; correct alerts.mail.recipients",
                len(refused),
                len(self._recipients),
            )

    def _written(self, message: AlertMessage) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = message.subject
        mail["From"] = self._sender
        mail["To"] = ", ".join(self._recipients)
        mail["Message-ID"] = f"<{message.id}@patron-sync.invalid>"
        mail["Auto-Submitted"] = "auto-generated"  # no answers of machines
        mail.set_content(message.body)
        return mail

    def _connected(self) -> smtplib.SMTP:
        place, here = (self._server.host, self._server.port), self._server
        if here.tls == "implicit":
            return smtplib.SMTP_SSL(*place, timeout=TIMEOUT_S, context=_context(here.ca_bundle))
        server = smtplib.SMTP(*place, timeout=TIMEOUT_S)
        if here.tls == "starttls":
            try:
                server.starttls(context=_context(here.ca_bundle))
            except BaseException:
                server.close()
                raise
        return server


def _part_from(server: smtplib.SMTP) -> None:
    """Say goodbye; what the server answers cannot take back what it has taken."""
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


def _context(ca_bundle: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_bundle)


def _judged(code: int, what: str) -> UnavailableError | RefusedError:
    """Return the error of an answer: 4xx may pass, 5xx will not."""
    if 500 <= code < 600:
        return RefusedError(
            f"the mail server refused (SMTP {code}, {what}); check user, password, sender and "
            "recipients"
        )
    return UnavailableError(f"the mail server cannot take it now (SMTP {code}, {what})")
