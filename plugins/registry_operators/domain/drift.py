"""How both sides compare when everybody is compared (spec X3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class DriftKind(StrEnum):
    """
    What a comparison finds; records of the registry that were left out count by their reason code.

    ``waiting``, ``kept_here``, ``kept_apart`` and ``unusable`` differ for a reason that is known.
    """

    EQUAL = "equal"
    NEITHER = "neither"
    ON_BOTH_SIDES = "on_both_sides"
    WAITING = "waiting"
    KEPT_HERE = "kept_here"
    KEPT_APART = "kept_apart"
    UNUSABLE = "unusable"
    REGISTRY_CHANGED = "registry_changed"
    CICERO_CHANGED = "cicero_changed"
    BOTH_CHANGED = "both_changed"
    NEVER_AGREED = "never_agreed"
    MISSING_IN_REGISTRY = "missing_in_registry"
    MISSING_IN_CICERO = "missing_in_cicero"
    NOT_IN_REGISTRY = "not_in_registry"


UNEXPLAINED = frozenset(
    {
        DriftKind.REGISTRY_CHANGED, DriftKind.CICERO_CHANGED, DriftKind.BOTH_CHANGED,
        DriftKind.NEVER_AGREED, DriftKind.MISSING_IN_REGISTRY, DriftKind.MISSING_IN_CICERO,
        DriftKind.NOT_IN_REGISTRY,
    }
)  # fmt: skip
"""Differences that no job would find by itself, and that a repair takes up."""


@dataclass(frozen=True, slots=True)
class LibraryDrift:
    """
    What a comparison found at one library.

    :param fields: ``relation``, ``card`` and ``pin``, each with records by kind or reason code.
        ``relation`` counts persons, the others the values of those who are on both sides.
    """

    library: str
    fields: Mapping[str, Mapping[str, int]]

    @property
    def unexplained(self) -> int:
        """Persons and values that differ although nothing is on its way."""
        return sum(
            records
            for kinds in self.fields.values()
            for kind, records in kinds.items()
            if kind in UNEXPLAINED
        )

    def as_dict(self) -> dict[str, object]:
        """Return codes and counts only, for logs, XCom and JSON."""
        fields = {name: dict(kinds) for name, kinds in self.fields.items()}
        return {"library": self.library, "unexplained": self.unexplained, **fields}
