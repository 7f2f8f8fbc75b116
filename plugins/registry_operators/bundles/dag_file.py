"""The DAG file of a published data sync, as text (spec D3.3, D4)."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from registry_operators.domain.sync.catalogue import Sensitivity
from registry_operators.domain.sync.conditions import Operator
from registry_operators.domain.sync.definition import FilterRow, MappingRow, SyncDefinition
from registry_operators.steps.data_sync.published import Published

_PERIODS = {Operator.BEFORE, Operator.AFTER, Operator.WITHIN_LAST}
_TEMPLATE = '''"""Data sync {name}, version {version}: an Airflow DAG, written by the bundle."""

from registry_operators.bundles.data_sync_dag import data_sync_dag

dag = data_sync_dag(
    name={name!r},
    version={version!r},
    description={description!r},
    ils={ils!r},
    schedule={schedule!r},
    since={since!r},
    doc={doc!r},
)
'''


def dag_file(published: Published, definition: SyncDefinition, zone: str) -> str:
    """
    Return the text of a DAG file; all that it needs stands in it as literals.

    A data sync that was cancelled keeps its DAG, and with it the history of its runs and the button
    that runs it by hand; it only has no schedule.

    :param zone: IANA name of the zone in which the schedule is meant.
    """
    return _TEMPLATE.format(
        name=published.name,
        version=published.version,
        description=definition.description,
        ils=definition.ils,
        schedule=None if published.is_cancelled else _schedule(definition, zone),
        since=published.since.astimezone(UTC).isoformat(),
        doc=_page(definition, published),
    )


def broken_file(published: Published, problem: str) -> str:
    """Return a DAG file that tells Airflow's list of import errors what is wrong."""
    told = f"data sync {published.name}, version {published.version}: {problem}"
    return f"# An airflow dag that cannot be made.\nraise ValueError({told!r})\n"


def _schedule(definition: SyncDefinition, zone: str) -> dict[str, Any] | None:
    one = definition.schedule
    if one is None:
        return None
    return {
        "first": one.first.isoformat(),
        "at": one.at.isoformat("minutes"),
        "zone": zone,
        "every": one.every,
        "last": None if one.last is None else one.last.isoformat(),
    }


def _page(definition: SyncDefinition, published: Published) -> str:
    """
    Return the DAG's page: source, filter and mapping.

    Airflow keeps it, so the document itself, in which a value may tell who somebody is, stays out
    of it (X8).
    """
    filters = [_condition(row) for row in definition.filter] or ["- every patron"]
    return "\n".join(
        [
            f"# {published.name}",
            "",
            definition.description or f"A data sync from {definition.ils}.",
            "",
            f"From `{definition.connection}` ({definition.ils}) to profiles of type "
            f"`{definition.profile_type}`; {definition.type.replace('_', ' ')}.",
            "",
            *(["**Cancelled:** it runs by hand only.", ""] if published.is_cancelled else []),
            "## Filter",
            *filters,
            "",
            "## Mapping",
            "| From | To |",
            "| --- | --- |",
            *(
                f"| {_source(row)} | {row.target} ({row.target_level}) |"
                for row in definition.mapping
            ),
            "",
            f"The document: `patron-sync sync show {published.name} --version {published.version}`",
        ]
    )


def _condition(row: FilterRow) -> str:
    """Return a condition in words, with its values only where they are about nobody in person."""
    is_told = row.field.sensitivity is Sensitivity.PLAIN or row.operator in _PERIODS
    values = ", ".join(row.written if is_told else ["…"] * bool(row.written))
    return f"- {row.field.label} {row.operator.replace('_', ' ')} {values}".rstrip()


def _source(row: MappingRow) -> str:
    if row.constant is not None:
        return "a constant"
    names = " or else ".join(source.label for source in row.sources)
    steps = ", ".join(transform.replace("_", " ") for transform, _ in row.transforms)
    return f"{names} ({steps})" if steps else names
