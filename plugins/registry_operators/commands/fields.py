"""``patron-sync fields``: what a library system can tell of a patron (spec D3.2)."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from registry_operators.terminal import Json, clear_errors, out


def fields(
    ils: Annotated[str, typer.Argument(help="alma, cicero, koha, sierra or symphony.")],
    *,
    connection: Annotated[
        str | None, typer.Option(help="Also ask this system for fields of its own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the fields of a library system, with what a filter can ask of each."""
    from registry_operators.installation import ils_client
    from registry_operators.settings.catalogues import load_catalogue

    with clear_errors():
        catalogue = load_catalogue(ils)
        known = list(catalogue.fields.values())
        families = [(f"{prefix}.<NAME>", family) for prefix, family in catalogue.families.items()]
        extra = [] if connection is None else ils_client(ils, connection).extra_fields()
    rows = [*((one.name, one) for one in known), *families, *((one.name, one) for one in extra)]
    if as_json:
        content = [
            {
                "name": name, "label": one.label, "data_type": one.data_type,
                "several": one.is_list, "path": one.path, "sensitivity": one.sensitivity,
                "operators": sorted(one.operators), "found_here": one in extra,
            }
            for name, one in rows
        ]  # fmt: skip
        out.print_json(json.dumps(content))
        return
    table = Table("field", "label", "type", "operators", box=None)
    for name, one in rows:
        kind = f"{one.data_type}{', several' if one.is_list else ''}"
        mark = " (found here)" if one in extra else ""
        table.add_row(name, one.label + mark, kind, ", ".join(sorted(one.operators)))
    out.print(table)
