"""The zone in which the schedules are meant, read without pydantic so that DAG files parse fast."""

from __future__ import annotations

import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from registry_operators.paths import CONFIG_DIR

DEFAULT_ZONE = "Europe/Oslo"
_LINE = re.compile(r"""^timezone:\s*["']?([\w/+-]+)""", re.MULTILINE)


def libraries_file() -> Path:
    """Return the configuration file: ``PATRON_SYNC_LIBRARIES`` or the one of the project."""
    return Path(os.environ.get("PATRON_SYNC_LIBRARIES") or CONFIG_DIR / "libraries.yaml")


def local_zone_name() -> str:
    """
    Return the zone of ``libraries.yaml``; the default where that cannot be read.

    A DAG must stay on the list whatever is wrong with the file: its first task then fails with
    everything that is to be corrected (N2.7).
    """
    try:
        found = _LINE.search(libraries_file().read_text(encoding="utf-8"))
        return ZoneInfo(found.group(1)).key if found else DEFAULT_ZONE
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return DEFAULT_ZONE
