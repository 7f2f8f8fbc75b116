"""A registry that answers what it is told to answer, over real HTTP on loopback."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from registry_operators.clients.registry_client import RegistryAccount, RegistryClient
from tests.factories import LIBRARY


@dataclass(slots=True)
class Script:
    """Answers in order, the last one again and again; ``bodies`` are the requests so far."""

    answers: list[tuple[int, bytes, dict[str, str]]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def says(
        self, body: str | bytes = b"", status: int = 200, *, encoding: str = "utf-8", **headers: str
    ) -> Script:
        data = body.encode(encoding) if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, data, named))
        return self

    def next_answer(self) -> tuple[int, bytes, dict[str, str]]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: Script

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.script.bodies.append(self.rfile.read(length).decode())
        self.script.headers.append(dict(self.headers))
        status, body, headers = self.script.next_answer()
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        if headers.get("Content-Length"):
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients who hang up early; that is what some tests are about."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def _server() -> Iterator[ThreadingHTTPServer]:
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def script(_server: ThreadingHTTPServer) -> Script:
    _Handler.script = Script()
    return _Handler.script


@pytest.fixture
def pauses() -> list[float]:
    """The seconds that the client wanted to wait."""
    return []


@pytest.fixture
def a_client(
    _server: ThreadingHTTPServer, script: Script, pauses: list[float]
) -> Callable[..., RegistryClient]:
    """Makes a client of the scripted registry; it never really waits."""

    def make(**options: Any) -> RegistryClient:
        account = RegistryAccount(
            LIBRARY,
            f"http://127.0.0.1:{_server.server_port}/laanekort/fl.php",
            f"demo-{LIBRARY}",
            "not-a-real-password",
        )
        quick: dict[str, Any] = {"pause": pauses.append, "timeout_s": 5.0}
        return RegistryClient(account, **(quick | options))

    return make


@pytest.fixture
def client(a_client: Callable[..., RegistryClient]) -> RegistryClient:
    return a_client()
