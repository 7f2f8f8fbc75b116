"""Command line of the Alma stand-in: `python -m stand_ins.alma`."""

import argparse
import sys

from stand_ins.alma.options import AlmaOptions
from stand_ins.alma.process import build_system
from stand_ins.alma.system import AlmaSystem
from stand_ins.ils.command_line import run
from stand_ins.ils.option_flags import add_flags, given_settings


def main() -> int:
    """Run until stopped."""
    return run("alma", port=8086, add=_add, build=_build)


def _add(parser: argparse.ArgumentParser) -> None:
    add_flags(parser, AlmaOptions())


def _build(given: argparse.Namespace) -> AlmaSystem:
    options = AlmaOptions(**given_settings(vars(given), AlmaOptions()))
    return build_system(given.patrons, given.seed, options)


if __name__ == "__main__":
    sys.exit(main())
