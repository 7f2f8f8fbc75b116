"""What a code means: a sentence for staff, the requirement that decides, what to do (spec X6)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    One code in words.

    :param rule: Number of the requirement, such as ``N3.1``.
    :param todo: What staff may do; ``Nothing to do.`` where that is so.
    """

    code: str
    says: str
    rule: str
    todo: str

    def as_dict(self) -> dict[str, str]:
        """Return the explanation for an answer in JSON."""
        return {"code": self.code, "says": self.says, "rule": self.rule, "todo": self.todo}


NOTHING_TO_DO = "Nothing to do."


def explained(entries: dict[str, tuple[str, str, str]]) -> dict[str, Explanation]:
    """Return explanations by code, from rule, sentence and what to do."""
    return {
        str(code): Explanation(str(code), says, rule, todo)
        for code, (rule, says, todo) in entries.items()
    }
