"""Command line of the Sierra stand-in: `python -m stand_ins.sierra`."""

import argparse
import sys

from stand_ins.ils.command_line import run
from stand_ins.sierra.process import build_system
from stand_ins.sierra.system import SierraSystem
from stand_ins.sierra.tokens import DEMO_KEY, DEMO_SECRET, LIFETIME_S


def main() -> int:
    """Run until stopped."""
    return run("sierra", port=8083, add=_add, build=_build)


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--key", default=DEMO_KEY, help="API key")
    parser.add_argument("--secret", default=DEMO_SECRET, help="secret of the key")
    parser.add_argument("--token-lifetime", type=int, default=LIFETIME_S, help="in seconds")
    parser.add_argument(
        "--warm", metavar="FIELDS", help="render all patrons with these fields first"
    )


def _build(given: argparse.Namespace) -> SierraSystem:
    system = build_system(
        given.patrons,
        given.seed,
        key=given.key,
        secret=given.secret,
        lifetime_s=given.token_lifetime,
    )
    if given.warm:
        system.warm(given.warm)
    return system


if __name__ == "__main__":
    sys.exit(main())
