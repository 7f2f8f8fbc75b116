"""Mail to a real server on this machine."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from registry_operators.clients.alert_mail import AlertMail, MailServer
from registry_operators.domain.alert_message import AlertMessage, Links
from registry_operators.domain.alerts import Alert, AlertCode, Level
from registry_operators.errors import RefusedError, UnavailableError
from tests.unit.clients.mail_stub import MailStub, a_certificate, mail_server

QUIET = Alert(AlertCode.READ_NOTHING, Level.WARNING, "pull", "2030000", facts={"runs": 3})
FAILED = Alert(AlertCode.LIBRARY_FAILED, Level.CRITICAL, "push", "2030000", cause="LOGIN_REFUSED")
MESSAGE = AlertMessage((FAILED,), (QUIET,), Links(runbook="https://docs.invalid/runbooks.md"))
PEOPLE = ("ops@library.invalid", "desk@library.invalid")


def mail(stub: MailStub, **server: object) -> AlertMail:
    place = {"host": "127.0.0.1", "port": stub.port, "tls": "none"} | server
    return AlertMail(MailServer(**place), "sync@library.invalid", PEOPLE)  # type: ignore[arg-type]


def test_one_message_tells_everybody_what_is_wrong_and_what_is_over() -> None:
    with mail_server() as stub:
        mail(stub).send(MESSAGE)

    (got,) = stub.mails
    assert got["Subject"] == (
        "[patron-sync] critical: push, library 2030000: failed with LOGIN_REFUSED (and 1 more)"
    )
    assert stub.recipients == [list(PEOPLE)]
    assert got["From"] == "sync@library.invalid"
    assert got.get_content().splitlines() == [
        "Wrong:",
        "",
        "* critical LIBRARY_FAILED: push, library 2030000: failed with LOGIN_REFUSED",
        "  https://docs.invalid/runbooks.md#library_failed",
        "",
        "Right again:",
        "",
        "* warning READ_NOTHING: pull, library 2030000: runs that read nothing: 3",
        "  https://docs.invalid/runbooks.md#read_nothing",
    ]


def test_a_message_that_is_sent_again_has_the_same_id() -> None:
    with mail_server() as stub:
        mail(stub).send(MESSAGE)
        mail(stub).send(MESSAGE)
        mail(stub).send(AlertMessage((QUIET,), ()))

    first, again, other = (one["Message-ID"] for one in stub.mails)
    assert first == again != other


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_it_logs_in_over_an_encrypted_line(tmp_path: Path, tls: str) -> None:
    certificate = a_certificate(tmp_path)

    with mail_server(certificate, implicit=tls == "implicit") as stub:
        mail(stub, tls=tls, user="sync", password="hush-hush", ca_bundle=str(certificate)).send(
            MESSAGE
        )

    assert stub.log_ins == ["\0sync\0hush-hush"]
    assert stub.encrypted == [True]


def test_a_server_without_encryption_hears_no_password() -> None:
    with mail_server() as stub, pytest.raises(UnavailableError, match="SMTPNotSupportedError"):
        mail(stub, tls="starttls", user="sync", password="hush-hush").send(MESSAGE)

    assert (stub.log_ins, stub.mails) == ([], [])


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    with (
        mail_server(a_certificate(tmp_path)) as stub,
        pytest.raises(UnavailableError, match="SSLCertVerificationError"),
    ):
        mail(stub, tls="starttls").send(MESSAGE)


@pytest.mark.parametrize(
    ("says", "error"),
    [
        ({"AUTH": "535 no"}, RefusedError),
        ({"MAIL": "550 not from you"}, RefusedError),
        ({"RCPT": "550 nobody here"}, RefusedError),
        ({"RCPT": "450 later"}, UnavailableError),
        ({"DATA": "452 disk full"}, UnavailableError),
    ],
    ids=["log-in", "sender", "recipients", "recipients later", "full"],
)
def test_a_refusal_is_told_apart_from_trouble_that_passes(says, error) -> None:
    with mail_server() as stub:
        stub.answers = says
        with pytest.raises(error) as caught:
            mail(stub, user="sync", password="hush-hush").send(MESSAGE)

    assert type(caught.value) is error
    assert "hush-hush" not in str(caught.value)


def test_who_is_known_is_told_although_another_is_not(caplog) -> None:
    with mail_server() as stub:
        stub.answers = {"RCPT TO:<DESK": "550 nobody here"}
        mail(stub).send(MESSAGE)

    assert stub.recipients == [["ops@library.invalid"]]
    assert "refused 1 of 2 recipients" in caplog.text


def test_what_was_taken_is_not_sent_again_because_of_a_rude_goodbye() -> None:
    with mail_server() as stub:
        stub.answers = {"QUIT": "451 never mind"}
        mail(stub).send(MESSAGE)

    assert len(stub.mails) == 1


def test_a_server_that_is_away_is_unavailable() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = MailStub(port=probe.getsockname()[1])
        with pytest.raises(UnavailableError, match="ConnectionRefusedError"):
            mail(nobody).send(MESSAGE)
