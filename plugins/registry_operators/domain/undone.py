"""That a run was taken back at a library, and what became of it (spec X7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Undone:
    """
    All calls to undo a run, at one library.

    :param undone_at: When the last call dealt with a change; aware.
    :param asked_by: Who made that call.
    :param reversed: Changes that were put back, as ``kept`` and ``failed`` those that were not.
    :param open: Changes that an interrupted call has left.
    """

    run_id: UUID
    library: str
    flow: str
    undone_at: datetime
    asked_by: str
    reversed: int
    kept: int
    failed: int
    open: int

    @property
    def text(self) -> str:
        """Say when and by whom it was undone, and how many changes were put back."""
        rest = f", {self.open} not dealt with: an undo was interrupted" if self.open else ""
        return (
            f"Undone on {at_minute(self.undone_at)} by {self.asked_by}: {self.reversed} reversed, "
            f"{self.kept} kept, {self.failed} failed{rest}."
        )


def at_minute(moment: datetime) -> str:
    """Write a time in the machine's zone, to the minute."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")
