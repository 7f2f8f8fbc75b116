"""A stretch of cable between the server and its database, which a test can cut and mend."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

_CHUNK = 65_536


class Relay:
    """Forwards what comes in on a port of this machine to a PostgreSQL's socket."""

    def __init__(self, database_url: str) -> None:
        parts = urlsplit(database_url)
        query = parse_qs(parts.query)
        self._target = f"{query['host'][0]}/.s.PGSQL.{query.get('port', ['5432'])[0]}"
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._speaks = threading.Event()
        self._speaks.set()
        self._door = self._listen(0)
        self.port: int = self._door.getsockname()[1]
        user = parts.username or "postgres"
        self.url = f"postgresql://{user}@127.0.0.1:{self.port}{parts.path}"
        self._serve()

    def cut(self) -> None:
        """Refuse all who come, and end all who are connected."""
        with self._lock:
            ends, self._open = [self._door, *self._open], []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def hush(self) -> None:
        """Keep all connections, and let nothing through until `speak`."""
        self._speaks.clear()

    def speak(self) -> None:
        """Let through what was kept back."""
        self._speaks.set()

    def mend(self) -> None:
        """Let everybody in again."""
        self._door = self._listen(self.port)
        self._serve()

    @staticmethod
    def _listen(port: int) -> socket.socket:
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port))
        door.listen()
        return door

    def _serve(self) -> None:
        threading.Thread(target=self._admit, args=[self._door], daemon=True).start()

    def _admit(self, door: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                guest, _ = door.accept()
                host = socket.socket(socket.AF_UNIX)
                host.connect(self._target)
                with self._lock:
                    self._open += [guest, host]
                for one, other in ((guest, host), (host, guest)):
                    threading.Thread(
                        target=_forward, args=[one, other, self._speaks], daemon=True
                    ).start()


def _forward(source: socket.socket, sink: socket.socket, speaks: threading.Event) -> None:
    """Copy until one side ends, then end the other."""
    with contextlib.suppress(OSError):
        while data := source.recv(_CHUNK):
            speaks.wait()
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def a_relay(database_url: str) -> Iterator[Relay]:
    relay = Relay(database_url)
    try:
        yield relay
    finally:
        relay.cut()
