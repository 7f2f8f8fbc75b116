"""A mail server that speaks SMTP over a real socket, with TLS and log-in if need be."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class MailStub:
    """What the server got, and what it says to it."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    log_ins: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """Beginning of a command to what is said instead of yes."""


class _Handler(socketserver.StreamRequestHandler):
    """One client; the server is a ``_Server``."""

    server: _Server

    def handle(self) -> None:
        self.recipients: list[str] = []
        self.is_encrypted = self.server.implicit
        if self.is_encrypted:
            self._encrypt()
        self._say("220 mail.invalid")
        while line := self.rfile.readline().decode().strip():
            answers = self.server.stub.answers
            wrong = next((says for begin, says in answers.items()
                          if line.upper().startswith(begin)), None)  # fmt: skip
            self._say(wrong) if wrong else self._obey(line)
            if line.upper() == "QUIT":
                return

    def finish(self) -> None:
        super().finish()
        self.rfile.close()
        self.request.close()  # the encrypted one, of which the server does not know

    def _obey(self, line: str) -> None:
        match line.upper().replace(":", " ").split():
            case ["EHLO", *_]:
                can_encrypt = self.server.certificate and not self.is_encrypted
                self._say("250-mail.invalid", *["250-STARTTLS"] * bool(can_encrypt))
                self._say("250 AUTH PLAIN")
            case ["STARTTLS"]:
                self._say("220 go on")
                self._encrypt()
                self.is_encrypted = True
            case ["AUTH", "PLAIN", _]:
                self.server.stub.log_ins.append(base64.b64decode(line.split()[-1]).decode())
                self._say("235 welcome")
            case ["RCPT", *_]:
                self.recipients.append(line.partition(":")[2].strip("<>"))
                self._say("250 yes")
            case ["DATA"]:
                self._take()
            case ["QUIT"]:
                self._say("221 bye")
            case _:
                self._say("250 yes")

    def _take(self) -> None:
        self._say("354 go on")
        stub, mail = self.server.stub, message_from_bytes(self._content(), policy=default)
        assert isinstance(mail, EmailMessage)
        stub.mails.append(mail)
        stub.recipients.append(self.recipients)
        stub.encrypted.append(self.is_encrypted)
        self.recipients = []
        self._say("250 taken")

    def _encrypt(self) -> None:
        assert self.server.certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server.certificate)
        self.rfile.close()
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def _content(self) -> bytes:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, certificate: Path | None, *, implicit: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.certificate, self.implicit = certificate, implicit
        self.stub = MailStub(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in the middle is what some tests are about."""


@contextmanager
def mail_server(certificate: Path | None = None, *, implicit: bool = False) -> Iterator[MailStub]:
    """Serve mail on a free port; with a certificate STARTTLS is offered, or implicit TLS spoken."""
    with _Server(certificate, implicit=implicit) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.stub
        finally:
            server.shutdown()
            thread.join()


def a_certificate(folder: Path) -> Path:
    """Write a certificate of this machine that nobody else has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.invalid")])
    now = datetime.now(UTC)
    places = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(places, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
