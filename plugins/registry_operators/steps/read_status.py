"""How far each library has been synchronised (``patron-sync status``)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from registry_operators.domain.mismatch import Mismatch
from registry_operators.ledger.database import Ledger
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.steps.read_undos import read_undos


def read_status(ledger: Ledger, config: LibrariesConfig) -> list[dict[str, object]]:
    """
    Return one row per library and flow: last completion, last state, patrons waiting.

    ``adds_up`` says whether the last run's account does, ``None`` if it has none; ``off`` names
    each number that does not. ``undone`` has an entry for each run of the flow that was undone at
    the library, the newest first.
    """
    found = {(row.library, row.flow): row for row in ledger.rows("report/read_status")}
    undos = read_undos(ledger)
    rows: list[dict[str, object]] = []
    for code, library in config.libraries.items():
        for flow in ("push", "pull"):
            row = found.get((code, flow))
            state = row.last_state if row else None
            off = _mismatches(row.mismatches) if row else None
            rows.append(
                {
                    "library": code,
                    "flow": flow,
                    "completed_at": row.completed_at if row else None,
                    "last_state": state if library.enabled else "disabled",
                    "waiting": row.waiting if row else 0,
                    "adds_up": None if off is None else not off,
                    "off": [mismatch.text for mismatch in off or ()],
                    "undone": [
                        {**asdict(one), "says": one.text}
                        for one in undos
                        if (one.library, one.flow) == (code, flow)
                    ],
                }
            )
    return rows


def _mismatches(rows: list[dict[str, Any]] | None) -> list[Mismatch] | None:
    return None if rows is None else [Mismatch(**row) for row in rows]
