"""``patron-sync reconcile``: compare everybody on both sides, and repair if asked to."""

from __future__ import annotations

import getpass
import json
from typing import Annotated
from uuid import uuid4

import typer

from registry_operators.terminal import Json, account_table, clear_errors, drift_table, err, out


def reconcile(
    library: Annotated[list[str] | None, typer.Option(help="Agency code; may be repeated.")] = None,
    *,
    repair: Annotated[
        bool, typer.Option(help="Carry what differs, within the limits; else only report.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Compare everybody in the registry and in Cicero, with the same steps as the DAG."""
    from registry_operators.installation import open_installation
    from registry_operators.steps import reconcile as whole
    from registry_operators.steps.report_run import raise_if_failed

    run_id = uuid4()
    with clear_errors(), open_installation() as here:
        found = whole.reconcile(
            here.ledger, here.config, here.connect, here.secrets, run_id,
            libraries=tuple(library or ()), repairs=repair, asked_by=getpass.getuser(),
            tell=lambda line: err.print(line, highlight=False, markup=False, soft_wrap=True),
        )  # fmt: skip
        if as_json:
            content = {
                "reconciliation_id": str(run_id),
                "drift": [one.as_dict() for one in found.drift],
                "flows": [tally.as_dict() for tally in found.tallies],
            }
            out.print_json(json.dumps(content))
        else:
            out.print(drift_table(found.drift))
            for flow in ("pull", "push"):
                tallies = [tally for tally in found.tallies if tally.flow == flow]
                out.print(account_table(tallies, f"{flow}{'' if repair else ', planned only'}"))
        raise_if_failed(found.tallies)
