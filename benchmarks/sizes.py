"""How large the measured night is, and what both sides of every comparison agree on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIBRARY = "2030000"
MASTER_KEY = bytes(range(32))
THREADS = 8
PAGE_SIZE = 5000
WATERMARK = "2026-02-01T00:00:00"
"""When the night's changes begin, in the registry's time; the seeded records end before."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """
    The numbers that ``BENCH_N`` and ``BENCH_RUNS`` ask for.

    :param changes: Records that changed in the registry; the registry and Cicero hold twice as
        many people, and a tenth as many patrons changed in Cicero.
    :param runs: How often each side of a comparison runs; the median counts.
    """

    changes: int
    runs: int

    @classmethod
    def from_environment(cls) -> Sizes:
        """Read the numbers; 100,000 changes and three runs unless others are asked for."""
        changes = int(os.environ.get("BENCH_N", "100000"))
        runs = int(os.environ.get("BENCH_RUNS", "3"))
        if changes < 100 or runs < 1:
            raise ValueError("BENCH_N must be 100 or more, and BENCH_RUNS 1 or more")
        return cls(changes, runs)

    @property
    def people(self) -> int:
        """People of the registry, and patrons of Cicero."""
        return 2 * self.changes
