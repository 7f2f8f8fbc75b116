"""A port of one's own, and a server on it that announces itself and can cut a connection off."""

import os
import signal
import socket
import struct
import sys
from types import FrameType
from typing import Any

import uvicorn

from stand_ins.asgi import Scope

_RESET = struct.pack("ii", 1, 0)  # linger for no time: the kernel answers with RST


class PortTakenError(Exception):
    """Another program listens on the port; the message names it."""


def stop_on_sigterm() -> None:
    """Let SIGTERM end the process in good order, from the first moment on."""
    signal.signal(signal.SIGTERM, _stop)


def bound_socket(host: str, port: int) -> socket.socket:
    """Take the port before any long work starts; raises `PortTakenError`."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        msg = f"cannot listen on {host}:{port}: {error.strerror}"
        raise PortTakenError(msg) from None
    return listener


class Server(uvicorn.Server):
    """
    Serves one application until it is told to stop.

    When ready, it writes `<name> listening on <url> <details>` to standard output.
    """

    def __init__(self, app: Any, name: str, details: str) -> None:
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off",
            server_header=False, timeout_graceful_shutdown=2,
        )  # fmt: skip
        super().__init__(config)
        self._name = name
        self._details = details

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = sockets[0].getsockname() if sockets else ("", 0)
        sys.stdout.write(f"{self._name} listening on http://{host}:{port} {self._details}\n")
        sys.stdout.flush()

    def hang_up(self, scope: Scope) -> None:
        """Reset the connection of a request: what was not yet sent is lost, and no FIN is sent."""
        for connection in list(self.server_state.connections):
            transport = connection.transport
            if getattr(connection, "client", None) == scope["client"]:
                fd = os.dup(transport.get_extra_info("socket").fileno())
                with socket.socket(fileno=fd) as same:
                    same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                transport.abort()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
