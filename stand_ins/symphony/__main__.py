"""Command line of the Symphony stand-in: `python -m stand_ins.symphony`."""

import argparse
import sys

from stand_ins.ils.command_line import run
from stand_ins.symphony.policies import ADDRESS_STYLES
from stand_ins.symphony.process import Site, build_system
from stand_ins.symphony.searching import INDEXES
from stand_ins.symphony.system import SymphonySystem

_DEFAULT = Site()


def main() -> int:
    """Run until stopped."""
    return run("symphony", port=8084, add=_add, build=_build)


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--client-id", default=_DEFAULT.client, help="x-sirs-clientID")
    parser.add_argument("--login", default=_DEFAULT.login, help="staff login")
    parser.add_argument("--password", default=_DEFAULT.password, help="of the login")
    parser.add_argument("--webapp", default=_DEFAULT.webapp, help="first part of the path")
    parser.add_argument("--idle", type=int, default=_DEFAULT.idle_s, help="seconds of a session")
    parser.add_argument(
        "--address-style", choices=sorted(ADDRESS_STYLES), default=_DEFAULT.address_style
    )
    parser.add_argument("--warm", metavar="FIELDS", default="",
                        help="render all patrons with these includeFields first")  # fmt: skip
    parser.add_argument("--indexes", type=_indexes, default=",".join(INDEXES),
                        help="search indexes of the site, separated by commas")  # fmt: skip


def _build(given: argparse.Namespace) -> SymphonySystem:
    site = Site(
        given.client_id,
        given.login,
        given.password,
        given.webapp,
        given.address_style,
        given.indexes,
        given.idle,
        given.warm,
    )
    return build_system(given.patrons, given.seed, site)


def _indexes(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if not set(names) <= set(INDEXES):
        msg = f"there are {', '.join(INDEXES)}"
        raise argparse.ArgumentTypeError(msg)
    return names


if __name__ == "__main__":
    sys.exit(main())
