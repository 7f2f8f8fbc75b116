"""Letting patrons change by themselves, as a night of a library's life does."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from stand_ins.ils.patrons import KINDS, Patron
from stand_ins.ils.population import Population

_CHANGES: Mapping[str, Callable[[Patron, int], dict[str, Any]]] = {
    "email": lambda p, version: {"emails": (f"changed.{p.nth}.{version}@example.org",)},
    "phone": lambda p, version: {"phones": (f"+478{(p.nth * 7 + version) % 10_000_000:07d}",)},
    "street": lambda p, version: {"street": f"Flyttegata {(p.bits + version) % 200 + 1}"},
    "last_name": lambda p, version: {"last_name": f"Nyland {'abcdefghij'[version % 10].upper()}"},
    "kind": lambda p, _: {"kind": (p.kind + 1) % len(KINDS)},
    "expires_on": lambda p, _: {
        "expires_on": p.expires_on + timedelta(days=365) if p.expires_on else None
    },
}
FIELDS = ("email", "phone", "street", "expires_on")
"""What changes unless a caller names something else; each patron gets one of them in turn."""
CHANGEABLE = tuple(_CHANGES)


def change(population: Population, indexes: Iterable[int], fields: Sequence[str]) -> int:
    """
    Change one of the fields of each patron; return how many patrons those were.

    With no fields only the time of the last update moves, as it does when somebody borrows a book.
    """
    count = 0
    for index in indexes:
        values: dict[str, Any] = {}
        if fields:
            patron = population.patron(index)
            name = fields[patron.bits % len(fields)]
            values = _CHANGES[name](patron, population.version)
        population.set(index, values)
        count += 1
    return count
