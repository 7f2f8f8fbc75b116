"""Library systems that the clients are tried on: the stand-ins, and a server that says anything."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import requests

from registry_operators.clients.alma_client import AlmaAccount, AlmaClient
from registry_operators.clients.ils_messages import IlsClient, IlsQuery
from registry_operators.clients.koha_client import KohaClient
from registry_operators.clients.koha_login import KohaAccount, KohaLogin
from registry_operators.settings.catalogues import load_catalogue

FULL = IlsQuery(frozenset({"surname", "email"}))
Answer = tuple[int, Any, dict[str, str]]


class Asked(NamedTuple):
    """One call as it reached the server."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str


def a_koha(api: str, **options: Any) -> KohaClient:
    account = {"user": "demo-client", "password": "demo-secret", "zone": "Europe/Oslo"}
    if options.pop("basic", False):
        account |= {"user": "demo-api", "password": "demo-password", "login": KohaLogin.BASIC}
    account |= {name: options.pop(name) for name in ("user", "password", "zone") if name in options}
    quick: dict[str, Any] = {"pause": _no_pause, "timeout_s": 10.0}
    return KohaClient(KohaAccount(api, **account), load_catalogue("koha"), **(quick | options))  # type: ignore[arg-type]


def an_alma(api: str, **options: Any) -> AlmaClient:
    names = ("key", "calls_per_second", "quota_floor", "single_reads", "searchable")
    account: dict[str, Any] = {"key": "demo-alma-key", "calls_per_second": 0}
    account |= {name: options.pop(name) for name in names if name in options}
    quick: dict[str, Any] = {"pause": _no_pause, "timeout_s": 10.0}
    return AlmaClient(AlmaAccount(api, **account), load_catalogue("alma"), **(quick | options))


def read(client: IlsClient, query: IlsQuery = FULL, after: str | None = None) -> list[Any]:
    """Return all records, and see that only the last page says that it is one."""
    pages = list(client.pages(query, after))
    assert [page.is_last for page in pages] == [False] * (len(pages) - 1) + [True]
    return [record for page in pages for record in page.records]


def names(users: list[Any]) -> list[str]:
    """Return the primary ids of Alma's users."""
    return [user["primary_id"] for user in users]


@contextmanager
def saying(answer: Callable[[Asked], Answer]) -> Iterator[str]:
    """Serve what a function answers: status, text or JSON, headers; give the URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            address = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(address.path, dict(parse_qsl(address.query)), headers, body)
            status, content, more = answer(asked)
            data = (content if isinstance(content, str) else json.dumps(content)).encode()
            self.send_response_only(status)  # without a Date of its own
            for name, value in ({"Content-Length": str(len(data))} | more).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def losing(api: str, *, every: int = 0, totals: bool = True) -> AbstractContextManager[str]:
    """Put a server in front of a Koha that loses some rows of each page, or the totals."""

    def answer(asked: Asked) -> Answer:
        headers = {"authorization": asked.headers["authorization"]}
        reply = requests.get(api + asked.path, asked.query, headers=headers, timeout=10)
        rows = [row for n, row in enumerate(reply.json()) if not every or n % every != 1]
        names = ("X-Total-Count", "X-Base-Total-Count") if totals else ()
        return reply.status_code, rows, {name: reply.headers[name] for name in names}

    return saying(answer)


def _no_pause(_: float) -> None:
    return
