"""
A night in which everybody changed: it comes through, and it needs no more memory than another.

``BURST=100000`` takes so many records instead of the few of the short form.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import psycopg

from stand_ins.cicero import seed_cicero
from stand_ins.registry.process import running_registry
from tests.factories import KEYS, LIBRARY, NO_LIMITS
from tests.faults.crash_world import a_child

MANY = int(os.environ.get("BURST", "20000"))
FEW = MANY // 10
MORE_MB = 48.0  # what pages, batches and the memory of the driver may add, however many there are


def test_a_burst_of_changes_is_brought_in_and_memory_stays_flat(
    database_url: str, db: psycopg.Connection[Any], tmp_path: Path
) -> None:
    with (
        running_registry(patrons=MANY, libraries=(LIBRARY,)) as process,
        a_child() as child,
    ):
        seed_cicero(db, KEYS, patrons=MANY, known_to_registry=MANY, libraries=(LIBRARY,),
                    all_in_order=True)  # fmt: skip
        numbers = iter(range(800, 900))

        def pull() -> float:
            """Pull in a process of its own; return how much memory it took at most, in MB."""
            points = tmp_path / "points.json"
            job = {
                "database": database_url, "registry": process.url, "page_size": 5000,
                "flow": "pull", "guards": NO_LIMITS, "set_id": None, "run": next(numbers),
                "die_at": None, "points": str(points),
            }  # fmt: skip
            assert child.stdin
            assert child.stdout
            child.stdin.write(json.dumps(job) + "\n")
            child.stdin.flush()
            assert child.stdout.readline() == "0\n"
            return int(points.with_suffix(".peak").read_text()) / 1024

        def changed() -> int:
            (count,) = db.execute(
                "select count(*) from cicero.pin where origin = 'registry'"
            ).fetchone() or (0,)
            return int(count)

        pull()
        process.admin.set_clock(86_400)
        process.admin.touch(count=FEW, fields=["pin"], seed=5)
        few_mb = pull()
        after_few = changed()
        process.admin.set_clock(2 * 86_400)
        process.admin.touch(fraction=1.0, fields=["pin"], seed=6)
        many_mb = pull()

    assert after_few > FEW * 0.99
    assert changed() > MANY * 0.99
    assert many_mb - few_mb < MORE_MB, f"{few_mb:.0f} MB for {FEW}, {many_mb:.0f} for {MANY}"
