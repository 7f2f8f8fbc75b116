"""Putting the stand-in together and running it until it is told to stop."""

import contextlib
import os
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn

from stand_ins.people import (
    DEMO_LIBRARIES,
    DEMO_PIN_KEY,
    DEMO_VENDOR,
    DEMO_VENDOR_SECRET,
    authorisation_code,
    registry_password,
    reserved_series,
)
from stand_ins.registry.admin import AdminApi
from stand_ins.registry.app import RegistryApp
from stand_ins.registry.auth import Doorkeeper
from stand_ins.registry.books import Books
from stand_ins.registry.clock import Clock
from stand_ins.registry.faults import Dial, FaultDials
from stand_ins.registry.http import Scope
from stand_ins.registry.opening import open_state
from stand_ins.registry.pins import PinCipher
from stand_ins.registry.seeding import Population
from stand_ins.registry.series import NumberSeries
from stand_ins.registry.store import Store

_RESET = struct.pack("ii", 1, 0)  # linger for no time: the kernel answers with RST


class PortTakenError(Exception):
    """Another program listens on the port; the message names it."""


@dataclass(frozen=True, slots=True)
class Options:
    """
    How to run the stand-in.

    `port` 0 takes a free one; `state` None keeps the records in a file that is deleted at the end.
    """

    host: str = "127.0.0.1"
    port: int = 8081
    patrons: int = 6000
    seed: int = 1
    libraries: tuple[str, ...] = DEMO_LIBRARIES
    state: Path | None = None
    vendor: str = DEMO_VENDOR
    vendor_secret: str = DEMO_VENDOR_SECRET
    pin_key: bytes = DEMO_PIN_KEY
    admin_token: str | None = None
    faults: tuple[Dial, ...] = ()


def serve(options: Options) -> None:
    """
    Bind, seed, announce readiness on standard output, serve until SIGTERM or SIGINT.

    Raises `PortTakenError` or `StateError` before anything is served.
    """
    signal.signal(signal.SIGTERM, _stop)
    with bound_socket(options) as listener, _state_file(options) as path:
        population = Population(options.patrons, options.seed, options.libraries)
        cipher = PinCipher(options.pin_key)
        durable = options.state is not None
        with contextlib.closing(open_state(path, population, cipher, durable=durable)) as store:
            app = build_app(options, store, cipher)
            config = uvicorn.Config(
                app,
                log_level="warning", access_log=False, lifespan="off",
                server_header=False, timeout_graceful_shutdown=2,
            )  # fmt: skip
            server = _Server(config, options)
            app.hang_up = server.hang_up
            server.run(sockets=[listener])


def build_app(options: Options, store: Store, cipher: PinCipher) -> RegistryApp:
    """Connect the parts; settings changed by the admin API and kept in the state file win."""
    libraries = options.libraries
    series = store.setting("series") or {
        library: reserved_series(library, libraries) for library in libraries
    }
    passwords = {
        library: registry_password(authorisation_code(library), options.vendor_secret)
        for library in libraries
    }
    doorkeeper = Doorkeeper(options.vendor, passwords | (store.setting("passwords") or {}))
    clock = Clock(store.setting("offset_s") or 0)
    books = Books(store, clock, cipher, NumberSeries(series))
    dials = FaultDials(books, doorkeeper, list(options.faults))
    app = RegistryApp(books, doorkeeper, AdminApi(books, doorkeeper, dials, options.admin_token))
    app.hooks = dials
    return app


def bound_socket(options: Options) -> socket.socket:
    """Take the port before the long work starts; raises `PortTakenError`."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((options.host, options.port))
    except OSError as error:
        listener.close()
        address = f"{options.host}:{options.port}"
        msg = f"cannot listen on {address}: {error.strerror}"
        raise PortTakenError(msg) from None
    return listener


@contextlib.contextmanager
def _state_file(options: Options) -> Iterator[Path]:
    """Name the state file, or one in a directory that is deleted afterwards."""
    if options.state is not None:
        yield options.state
        return
    with tempfile.TemporaryDirectory(prefix="registry-stand-in-") as directory:
        yield Path(directory) / "state.sqlite"


class _Server(uvicorn.Server):
    """Says on standard output when it is ready, and where; can cut a connection off."""

    def __init__(self, config: uvicorn.Config, options: Options) -> None:
        super().__init__(config)
        self._options = options

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = sockets[0].getsockname()[1] if sockets else self._options.port
        sys.stdout.write(
            f"registry stand-in listening on http://{self._options.host}:{port}"
            f" with {self._options.patrons} patrons of seed {self._options.seed}\n"
        )
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
