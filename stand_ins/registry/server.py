"""Putting the stand-in together and running it until it is told to stop."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stand_ins.http_server import Server, bound_socket, stop_on_sigterm
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
from stand_ins.registry.opening import open_state
from stand_ins.registry.pins import PinCipher
from stand_ins.registry.seeding import Population
from stand_ins.registry.series import NumberSeries
from stand_ins.registry.store import Store


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
    stop_on_sigterm()
    with bound_socket(options.host, options.port) as listener, _state_file(options) as path:
        population = Population(options.patrons, options.seed, options.libraries)
        cipher = PinCipher(options.pin_key)
        durable = options.state is not None
        with contextlib.closing(open_state(path, population, cipher, durable=durable)) as store:
            app = build_app(options, store, cipher)
            people = f"with {options.patrons} patrons of seed {options.seed}"
            server = Server(app, "registry stand-in", people)
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


@contextlib.contextmanager
def _state_file(options: Options) -> Iterator[Path]:
    """Name the state file, or one in a directory that is deleted afterwards."""
    if options.state is not None:
        yield options.state
        return
    with tempfile.TemporaryDirectory(prefix="registry-stand-in-") as directory:
        yield Path(directory) / "state.sqlite"
