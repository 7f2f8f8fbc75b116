"""What the pages of held changes are told: sets, samples, and what somebody was shown (X2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from registry_operators.ledger.database import Ledger
from registry_operators.web.language import mark
from registry_operators.web.problems import not_found

MOST = 50
_KEY = re.compile(r"([0-9]{1,9})-([a-z_]+)-([a-z_]+)")
_ALL = 10_000


@dataclass(frozen=True, slots=True)
class ChangePlace:
    """Key of the last change of the page before."""

    record_no: int
    field: str
    target: str

    @classmethod
    def read(cls, text: str) -> ChangePlace | None:
        """Return what :meth:`key` wrote; ``None``, the beginning, for anything else."""
        found = _KEY.fullmatch(text)
        return cls(int(found[1]), found[2], found[3]) if found else None

    @staticmethod
    def key(row: Any) -> str:
        """Write the key of a change for an address."""
        return f"{row.record_no}-{row.field}-{row.target}"


def sets_of_run(ledger: Ledger, run_id: UUID) -> list[Any]:
    """Return the sets that a run held, the newest first."""
    return _sets(ledger, run_id=run_id, most=_ALL)


def open_sets(ledger: Ledger) -> list[Any]:
    """Return the sets that wait for a decision, the newest first."""
    return _sets(ledger, is_open=True, most=_ALL)


def decided_sets(ledger: Ledger, before: tuple[Any, UUID] | None) -> list[Any]:
    """Return sets that do not wait any more, from a place on: one more than a page has."""
    before_at, before_id = before or (None, None)
    return _sets(ledger, is_open=False, before_at=before_at, before_id=before_id, most=MOST + 1)


def read_set(ledger: Ledger, held_set_id: UUID) -> Any:
    """
    Return one set.

    :raises PageError: 404; there is none of this id.
    """
    rows = _sets(ledger, held_set_id=held_set_id, most=1)
    if not rows:
        raise not_found(mark("There is no such set of held changes."))
    return rows[0]


def list_changes(
    ledger: Ledger, held_set_id: UUID, after: Any = None, *, most: int = MOST
) -> list[Any]:
    """
    Return changes of a set by key, masked.

    :param after: The last change of the page before, or anything with its key.
    """
    return ledger.rows(
        "pages/list_held_changes",
        held_set_id=held_set_id,
        after_no=0 if after is None else after.record_no,
        after_field="" if after is None else after.field,
        after_target="" if after is None else after.target,
        most=most,
    )


def _sets(ledger: Ledger, **scope: Any) -> list[Any]:
    nothing = dict.fromkeys(("held_set_id", "run_id", "is_open", "before_at", "before_id"))
    return ledger.rows("pages/list_held_sets", **{**nothing, **scope})
