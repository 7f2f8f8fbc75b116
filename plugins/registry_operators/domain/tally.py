"""What became of the records of a run, and whether it adds up (spec X4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from registry_operators.domain.mismatch import Mismatch


@dataclass(frozen=True, slots=True)
class LibraryTally:
    """
    The account of one flow at one library, counted in records.

    :param read: Records that came from the source, counted while they were read.
    :param left_out: Reason code to records.
    :param failures: Reason code to records; they are tried again in the next run.
    :param failure_code: Why the library as a whole failed; ``None`` if it did not.
    :param writes: Changes that were written to the target.
    :param off: Numbers that the check of the ledger found to be off.
    """

    flow: str
    library: str
    is_enabled: bool = True
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    held: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    failure_code: str | None = None
    failure_detail: str | None = None
    writes: int = 0
    conflicts: int = 0
    off: tuple[Mismatch, ...] = ()

    @property
    def failed(self) -> int:
        """Records that could not be dealt with."""
        return sum(self.failures.values())

    @property
    def accounted(self) -> int:
        """Records that have exactly one outcome."""
        return (
            self.created
            + self.updated
            + self.unchanged
            + sum(self.left_out.values())
            + self.held
            + self.failed
        )

    @property
    def mismatches(self) -> tuple[Mismatch, ...]:
        """Every number that is off; none in an account that adds up."""
        if self.read == self.accounted or any(one.number == "accounted" for one in self.off):
            return self.off
        return (Mismatch("accounted", self.read, self.accounted), *self.off)

    @property
    def adds_up(self) -> bool:
        """Say whether every record that was read has one outcome, and no other number is off."""
        return not self.mismatches

    def as_dict(self) -> dict[str, object]:
        """Return the report's row; see ``docs/architecture.md`` for the form."""
        return {
            "flow": self.flow,
            "library": self.library,
            "enabled": self.is_enabled,
            "read": self.read,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "left_out": dict(sorted(self.left_out.items())),
            "held": self.held,
            "failed": self.failed,
            "failures": dict(sorted(self.failures.items())),
            "adds_up": self.adds_up,
            "off": [mismatch.text for mismatch in self.mismatches],
            "failure": self.failure_code,
            "writes": self.writes,
            "conflicts": self.conflicts,
        }
