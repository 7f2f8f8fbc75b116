"""The command line that all stand-ins of library systems have."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stand_ins.http_server import PortTakenError, Server, bound_socket, stop_on_sigterm
from stand_ins.ils.app import IlsApp
from stand_ins.ils.calls import System
from stand_ins.ils.errors import AdminError
from stand_ins.ils.faults import parse_dials
from stand_ins.national_ids import MAX_INDEX


def run(
    name: str,
    *,
    port: int,
    add: Callable[[argparse.ArgumentParser], None],
    build: Callable[[argparse.Namespace], System],
) -> int:
    """
    Read the options, serve until stopped; 2 and one line on standard error if it cannot start.

    `add` declares the system's own options, `build` makes the system of all of them; `port` is
    the one taken when none is given.
    """
    parser = argparse.ArgumentParser(
        prog=f"python -m stand_ins.{name}",
        description=f"A stand-in for {name.title()}, filled with invented patrons.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=port, help="0 takes a free one")
    parser.add_argument("--patrons", type=_patrons, default=6000, help="how many patrons")
    parser.add_argument("--seed", type=int, default=1, help="which patrons")
    parser.add_argument("--faults", type=_json_file, metavar="FILE",
                        help="JSON of dials, as PUT /admin/faults takes it")  # fmt: skip
    add(parser)
    given = parser.parse_args()
    try:
        _serve(name, given, build(given))
    except KeyboardInterrupt:
        return 0
    except (PortTakenError, AdminError) as error:
        sys.stderr.write(f"{name} stand-in: {error}\n")
        return 2
    return 0


def _serve(name: str, given: argparse.Namespace, system: System) -> None:
    stop_on_sigterm()
    dials = parse_dials(given.faults, system.operations) if given.faults else []
    with bound_socket(given.host, given.port) as listener:
        app = IlsApp(system, dials)
        details = f"with {given.patrons} patrons of seed {given.seed}"
        server = ils_server(app, f"{name} stand-in", details)
        server.run(sockets=[listener])


def ils_server(app: IlsApp, name: str, details: str) -> Server:
    """Make the server of an application, whose `Date` header is the application's own."""
    server = Server(app, name, details)
    server.config.date_header = False
    app.hang_up = server.hang_up
    return server


def _patrons(text: str) -> int:
    if not 0 <= int(text) < MAX_INDEX:
        msg = f"must be between 0 and {MAX_INDEX - 1}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _json_file(text: str) -> Any:
    try:
        return json.loads(Path(text).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{text}: {error}"
        raise argparse.ArgumentTypeError(msg) from None
