"""The DAG file of a published data sync, as text (spec D3.3, D4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from registry_operators.domain.sync.definition import FilterRow, MappingRow, SyncDefinition
from registry_operators.steps.data_sync.published import Published

_TEMPLATE = '''"""Data sync {name}, version {version}: an Airflow DAG, written by the bundle."""

from registry_operators.bundles.data_sync_dag import data_sync_dag

dag = data_sync_dag(
    name={name!r},
    version={version!r},
    description={description!r},
    ils={ils!r},
    schedule={schedule!r},
    since={since!r},
    after_pull={after_pull!r},
    doc={doc!r},
)
'''


def dag_file(published: Published, definition: SyncDefinition, zone: str) -> str:
    """
    Return the text of a DAG file; all that it needs stands in it as literals.

    A data sync that was cancelled keeps its DAG, and with it the history of its runs and the button
    that runs it by hand; its schedule only has no runs.

    :param zone: IANA name of the zone in which the schedule is meant.
    """
    return _TEMPLATE.format(
        name=published.name,
        version=published.version,
        description=definition.description,
        ils=definition.ils,
        schedule=_schedule(published, definition, zone),
        # A task is never begun for a moment before the DAG's own beginning.
        since=_text(min([published.since, *published.asked])),
        after_pull=definition.follows_pull and not published.is_cancelled,
        doc=_page(definition, published),
    )


def broken_file(published: Published, problem: str) -> str:
    """Return a DAG file that tells Airflow's list of import errors what is wrong."""
    told = f"data sync {published.name}, version {published.version}: {problem}"
    return f"# An airflow dag that cannot be made.\nraise ValueError({told!r})\n"


def _schedule(published: Published, definition: SyncDefinition, zone: str) -> dict[str, Any]:
    """Return what the timetable is made of; also of a data sync that has no schedule."""
    one = None if published.is_cancelled else definition.schedule
    asked = [_text(moment) for moment in published.asked]
    return {
        "first": None if one is None else one.first.isoformat(),
        "at": None if one is None else one.at.isoformat("minutes"),
        "zone": zone,
        "every": None if one is None else one.every,
        "last": None if one is None or one.last is None else one.last.isoformat(),
        **({"not_before": _text(published.since), "asked": asked} if asked else {}),
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


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
    values = ", ".join(row.told)
    return f"- {row.field.label} {row.operator.replace('_', ' ')} {values}".rstrip()


def _source(row: MappingRow) -> str:
    if row.constant is not None:
        return "a constant"
    names = " or else ".join(source.label for source in row.sources)
    steps = ", ".join(transform.replace("_", " ") for transform, _ in row.transforms)
    return f"{names} ({steps})" if steps else names
