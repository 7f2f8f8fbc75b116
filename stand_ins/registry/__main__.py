"""Command line of the registry stand-in: `python -m stand_ins.registry`."""

import argparse
import json
import re
import sys
from pathlib import Path

from stand_ins.http_server import PortTakenError
from stand_ins.national_ids import MAX_INDEX
from stand_ins.people import OWN_SEQUENCE_OFFSET
from stand_ins.registry.admin_people import AdminError
from stand_ins.registry.faults import Dial, parse_dials
from stand_ins.registry.opening import StateError
from stand_ins.registry.server import Options, serve

_DEFAULT = Options()


def main() -> int:
    """Run until stopped; 2 and one line on standard error if it cannot start."""
    try:
        serve(_options())
    except KeyboardInterrupt:
        return 0
    except (PortTakenError, StateError) as error:
        sys.stderr.write(f"registry stand-in: {error}\n")
        return 2
    return 0


def _options() -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m stand_ins.registry",
        description="A stand-in for the national patron registry, filled with synthetic people.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--host", default=_DEFAULT.host, help="address to listen on")
    parser.add_argument("--port", type=int, default=_DEFAULT.port, help="0 takes a free one")
    parser.add_argument(
        "--patrons", type=_patrons, default=_DEFAULT.patrons, help="how many people"
    )
    parser.add_argument("--seed", type=int, default=_DEFAULT.seed, help="which people")
    parser.add_argument("--state", type=Path, help="file that survives a restart")
    parser.add_argument("--libraries", type=_libraries, default=",".join(_DEFAULT.libraries),
                        help="library numbers, separated by commas")  # fmt: skip
    parser.add_argument("--vendor", default=_DEFAULT.vendor, help="first part of user names")
    parser.add_argument("--vendor-secret", default=_DEFAULT.vendor_secret)
    parser.add_argument("--pin-key", type=_key, default=_DEFAULT.pin_key.hex(),
                        help="32 hexadecimal digits")  # fmt: skip
    parser.add_argument("--admin-token", help="ask for it in X-Admin-Token")
    parser.add_argument("--faults", type=_faults, default=(), metavar="FILE",
                        help="JSON of dials, as PUT /admin/faults takes it")  # fmt: skip
    options = Options(**vars(parser.parse_args()))
    most = (OWN_SEQUENCE_OFFSET - 1) * len(options.libraries)
    if options.patrons > most:
        parser.error(f"{len(options.libraries)} libraries have card numbers for {most} patrons")
    return options


def _patrons(text: str) -> int:
    if not 0 <= int(text) < MAX_INDEX:
        msg = f"must be between 0 and {MAX_INDEX - 1}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _libraries(text: str) -> tuple[str, ...]:
    libraries = tuple(text.split(","))
    if len(set(libraries)) != len(libraries) or len(libraries) > 90:
        msg = "must be up to 90 different library numbers"
        raise argparse.ArgumentTypeError(msg)
    if not all(re.fullmatch(r"[0-9]{7}", library) for library in libraries):
        msg = "a library number has seven digits"
        raise argparse.ArgumentTypeError(msg)
    return libraries


def _key(text: str) -> bytes:
    if not re.fullmatch(r"[0-9a-fA-F]{32}", text):
        msg = "must be 32 hexadecimal digits"
        raise argparse.ArgumentTypeError(msg)
    return bytes.fromhex(text)


def _faults(text: str) -> tuple[Dial, ...]:
    try:
        return tuple(parse_dials(json.loads(Path(text).read_text(encoding="utf-8"))))
    except (OSError, ValueError, AdminError) as error:
        msg = f"{text}: {error}"
        raise argparse.ArgumentTypeError(msg) from None


if __name__ == "__main__":
    sys.exit(main())
