"""Command line of the Koha stand-in: `python -m stand_ins.koha`."""

import argparse
import sys

from stand_ins.ils.command_line import run
from stand_ins.ils.option_flags import add_flags, given_settings
from stand_ins.koha.options import KohaOptions
from stand_ins.koha.process import build_system
from stand_ins.koha.system import KohaSystem


def main() -> int:
    """Run until stopped."""
    return run("koha", port=8085, add=_add, build=_build)


def _add(parser: argparse.ArgumentParser) -> None:
    add_flags(parser, KohaOptions())


def _build(given: argparse.Namespace) -> KohaSystem:
    options = KohaOptions(**given_settings(vars(given), KohaOptions()))
    return build_system(given.patrons, given.seed, options)


if __name__ == "__main__":
    sys.exit(main())
