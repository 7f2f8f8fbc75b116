"""What tests of the clients look up behind the backs of stand-ins, and how filters are judged."""

from __future__ import annotations

from typing import Any

from registry_operators.domain.sync.catalogue import Catalogue
from registry_operators.domain.sync.conditions import Condition, comparable
from registry_operators.domain.sync.record_path import compile_path

QUICK: dict[str, Any] = {"pause": lambda _: None, "timeout_s": 10.0}
Answer = tuple[int, Any, dict[str, str]]


def turn(running: Any, dial: str, **keys: object) -> None:
    """Switch one fault on, and all others off."""
    running.admin.call("PUT", "faults", {"dials": [{"dial": dial, **keys}]})


def living(running: Any) -> list[int]:
    """The ids of all patrons who are not deleted."""
    found, after = [], 0
    while some := running.admin.patrons(after=after, limit=1000):
        found += [one["id"] for one in some if one["deleted_on"] is None]
        after = some[-1]["id"]
    return found


def calls(running: Any) -> dict[str, int]:
    """How often each operation was asked for."""
    counted: dict[str, int] = running.admin.call("GET", "summary")["calls"]
    return counted


def raw_values(catalogue: Catalogue, record: dict[str, Any], name: str) -> list[Any]:
    """The values of a field as they stand in a record."""
    field = catalogue.find(name)
    assert field is not None
    found = compile_path(field.path)(record)
    return found if isinstance(found, list) else []


def meant(
    records: list[dict[str, Any]], conditions: tuple[Condition, ...], catalogue: Catalogue
) -> set[str]:
    """The ids of the records that meet all conditions."""
    return {
        str(record[catalogue.record_id])
        for record in records
        if all(one.is_met_by(_compared(record, one, catalogue)) for one in conditions)
    }


def _compared(record: dict[str, Any], condition: Condition, catalogue: Catalogue) -> list[Any]:
    raw = raw_values(catalogue, record, condition.field)
    found = [comparable(condition.data_type, one) for one in raw]
    return [value for value in found if value is not None]
