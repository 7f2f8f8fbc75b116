"""What is off in the account of a run: the number, what it should be, what it is (spec X4)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mismatch:
    """
    A number of the account that is not what it must be.

    :param number: As ``report/check_account`` names it.
    """

    number: str
    expected: int
    found: int

    @property
    def text(self) -> str:
        """
        Say in words which number is off.

        >>> Mismatch("accounted", 1200, 1199).text
        'read 1200, accounted 1199: 1 record has no outcome'
        """
        match self.number:
            case "accounted":
                return self._accounted()
            case "in_two_places":
                return f"{_records(self.found)} both taken out by a step and still staged"
            case "planned_only":
                return f"{_records(self.found)} planned but neither staged nor taken out"
            case "writes":
                return f"writes {self.found}, confirmed in the plan {self.expected}"
            case "unsettled":
                return f"{_changes(self.found)} planned or sent, and without an end"
            case "held_without_set":
                return f"{_changes(self.found)} held, and in no set that somebody decides on"
            case _:
                return f"{self.number}: expected {self.expected}, found {self.found}"

    def as_dict(self) -> dict[str, object]:
        """Return the mismatch for a report, with its words."""
        return {
            "number": self.number,
            "expected": self.expected,
            "found": self.found,
            "text": self.text,
        }

    def _accounted(self) -> str:
        missing = self.expected - self.found
        count = abs(missing)
        noun, verb = ("record", "has") if count == 1 else ("records", "have")
        end = f"{verb} no outcome" if missing > 0 else f"too many {verb} an outcome"
        return f"read {self.expected}, accounted {self.found}: {count} {noun} {end}"


def _records(count: int) -> str:
    return f"{count} record is" if count == 1 else f"{count} records are"


def _changes(count: int) -> str:
    return f"{count} change is" if count == 1 else f"{count} changes are"
