"""``patron-sync``: the engine and the demo at a terminal, with or without Airflow."""

from __future__ import annotations

import getpass
import json
from typing import Annotated, Literal
from uuid import uuid4

import typer
from rich.markup import escape
from rich.table import Table

from registry_operators.commands.alerts import check_status, watch
from registry_operators.commands.audit import audit_app
from registry_operators.commands.cms import cms_api, cms_user_app
from registry_operators.commands.decisions import held_app, outbox_app
from registry_operators.commands.fields import fields
from registry_operators.commands.keeping import erase, housekeeping, undo
from registry_operators.commands.patron import patron_app
from registry_operators.commands.reconcile import reconcile
from registry_operators.commands.sync import sync_app
from registry_operators.commands.why import why
from registry_operators.terminal import Json, err, out
from registry_operators.terminal import answer as _answer
from registry_operators.terminal import clear_errors as _clear_errors

app = typer.Typer(
    help="Keep patrons the same in Cicero and the national patron registry.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
config_app = typer.Typer(help="The configuration of the libraries.", no_args_is_help=True)
db_app = typer.Typer(help="The patron database.", no_args_is_help=True)
keys_app = typer.Typer(help="The keys of the installation.", no_args_is_help=True)
app.add_typer(config_app, name="config")
app.add_typer(db_app, name="db")
app.add_typer(keys_app, name="keys")
app.add_typer(audit_app, name="audit")
app.add_typer(held_app, name="held")
app.add_typer(outbox_app, name="outbox")
app.add_typer(patron_app, name="patron")
app.add_typer(cms_user_app, name="cms-user")
app.command("cms-api")(cms_api)
app.add_typer(sync_app, name="sync")
app.command()(reconcile)
app.command()(fields)
app.command()(why)
app.command()(undo)
app.command()(erase)
app.command()(housekeeping)
app.command()(watch)


@app.command()
def run(
    flow: Annotated[Literal["pull", "push"], typer.Argument(help="pull or push")],
    library: Annotated[list[str] | None, typer.Option(help="Agency code; may be repeated.")] = None,
    *,
    full: Annotated[bool, typer.Option(help="Everything, not only changes.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Plan and report, write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Run a pull or a push now, with the same steps as the DAG."""
    from registry_operators.installation import open_installation
    from registry_operators.steps.open_run import RunRequest
    from registry_operators.steps.report_run import raise_if_failed
    from registry_operators.steps.run_flow import run_flow
    from registry_operators.terminal import account_table

    with _clear_errors(), open_installation() as here:
        request = RunRequest(
            flow, tuple(library or ()), is_full=full, is_dry_run=dry_run,
            asked_by=getpass.getuser(),
        )  # fmt: skip
        run_id = uuid4()
        tallies = run_flow(
            here.ledger, here.config, here.connect, here.secrets, request, run_id,
            tell=lambda line: err.print(line, highlight=False, markup=False, soft_wrap=True),
        )  # fmt: skip
        if as_json:
            flows = [tally.as_dict() for tally in tallies]
            out.print_json(json.dumps({"run_id": str(run_id), "flows": flows}))
        else:
            out.print(account_table(tallies, f"{flow}, run {run_id}"))
        raise_if_failed(tallies)


@app.command()
def plan(
    flow: Annotated[Literal["pull", "push"], typer.Argument(help="pull or push")],
    library: Annotated[list[str] | None, typer.Option(help="Agency code; may be repeated.")] = None,
    *,
    full: Annotated[bool, typer.Option(help="Everything, not only changes.")] = False,
    show: Annotated[int, typer.Option(min=0, help="So many of the changes, masked.")] = 0,
    as_json: Json = False,
) -> None:
    """Show what a run would do now, by library, kind and reason; nothing is written."""
    from registry_operators.installation import open_installation
    from registry_operators.steps.open_run import RunRequest
    from registry_operators.steps.run_flow import run_flow
    from registry_operators.steps.show_plan import show_plan
    from registry_operators.terminal import account_table, plan_table

    with _clear_errors(), open_installation() as here:
        request = RunRequest(
            flow, tuple(library or ()), is_full=full, is_dry_run=True, asked_by=getpass.getuser()
        )
        run_id = uuid4()
        guard_lines: list[str] = []
        tallies = run_flow(
            here.ledger, here.config, here.connect, here.secrets, request, run_id,
            tell=lambda line: guard_lines.append(line) if " step=guard " in line else None,
        )  # fmt: skip
        shown = show_plan(here.ledger, run_id, most=show)
    if as_json:
        flows = [tally.as_dict() for tally in tallies]
        content = {"run_id": str(run_id), **shown.as_dict(), "guards": guard_lines, "flows": flows}
        out.print_json(json.dumps(content, default=str))
        return
    out.print(account_table(tallies, f"{flow}, planned only, run {run_id}"))
    out.print(plan_table(shown))
    for line in guard_lines:
        out.print(line, highlight=False, markup=False, soft_wrap=True)


@app.command()
def status(
    *,
    check: Annotated[
        bool, typer.Option("--check", help="One line and an exit code for monitoring.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show up to where each library has been synchronised, who is waiting, and what was undone."""
    if check:
        check_status(as_json)
    from registry_operators.installation import open_installation
    from registry_operators.steps.read_status import read_status

    with _clear_errors(), open_installation() as here:
        rows = read_status(here.ledger, here.config)
    if as_json:
        out.print_json(json.dumps(rows, default=str))
        return
    table = Table("library", "flow", "last completed run", "last run", "patrons waiting", "adds up")
    undone: list[str] = []
    for row in rows:
        off, adds_up, undos = row.pop("off"), row.pop("adds_up"), row.pop("undone")
        if isinstance(undos, list):
            undone += [
                f"Run {one['run_id']}, {one['flow']}, library {one['library']}: {one['says']}"
                for one in undos
            ]
        told = "; ".join(off) if isinstance(off, list) else ""
        cells = [str("–" if value is None else value) for value in row.values()]
        table.add_row(*cells, "–" if adds_up is None else told or "yes")
    out.print(table)
    for line in undone:
        out.print(line, highlight=False, markup=False, soft_wrap=True)


@config_app.command("check")
def config_check(
    *,
    online: Annotated[bool, typer.Option(help="Also log in to the registry.")] = False,
    as_json: Json = False,
) -> None:
    """Check libraries.yaml, the connections and the keys; nothing is read or written."""
    from registry_operators.installation import (
        configured_libraries,
        configured_secrets,
        try_log_in,
    )
    from registry_operators.settings.libraries import warnings_about

    with _clear_errors():
        config = configured_libraries()
        configured_secrets()
        enabled = [code for code, library in config.libraries.items() if library.enabled]
        verdicts = {code: try_log_in(config, code) for code in enabled} if online else {}
    warnings = warnings_about(config)
    if as_json:
        report = {"libraries": enabled, "warnings": warnings, "log_ins": verdicts}
        out.print_json(json.dumps(report))
    else:
        out.print(f"{len(config.libraries)} libraries, {len(enabled)} enabled: correct.")
        for warning in warnings:
            out.print(f"[yellow]warning[/yellow] {escape(warning)}", highlight=False)
        for code, verdict in verdicts.items():
            out.print(f"library {code}: {verdict}", highlight=False)
    if any(verdict != "ok" for verdict in verdicts.values()):
        raise typer.Exit(1)


@db_app.command("migrate")
def db_migrate(*, as_json: Json = False) -> None:
    """Bring the patron database to the schema of this release."""
    from registry_operators.installation import database
    from registry_operators.ledger.schema import migrate

    with _clear_errors(), database() as conninfo:
        migrate(conninfo)
    _answer("The patron database has today's schema.", as_json, migrated=True)


@keys_app.command("new")
def keys_new(*, as_json: Json = False) -> None:
    """Print a new master key for the connection patron_sync_keys."""
    import secrets

    key = secrets.token_hex(32)
    _answer(key, as_json, master_key=key)


@app.command()
def demo(
    *,
    patrons: Annotated[int, typer.Option(min=400, help="Invented patrons.")] = 6000,
    as_json: Json = False,
) -> None:
    """Run both jobs twice through Airflow on invented patrons, and show what they did."""
    from registry_operators.demo.environment import DEMO_DIR
    from registry_operators.demo.play import FLOWS, play
    from registry_operators.demo.report import write_report
    from registry_operators.terminal import account_table

    with _clear_errors(), err.status("Setting the stage") as progress:

        def tell(text: str) -> None:
            progress.update(text)
            err.print(f"  {text}", highlight=False)

        account = play(patrons, tell)
    report = write_report(account)
    if as_json:
        out.print_json(json.dumps(report))
    else:
        for number, tallies in enumerate(account.rounds):
            out.print(account_table(tallies, f"{FLOWS[number]}, round {number // 2 + 1}"))
        out.print(
            f"Writes in the second round: {account.second_round_writes}. "
            f"{account.seconds:.0f} s. Library 2070000 has a wrong password on purpose."
        )
        out.print(f"Report: {DEMO_DIR / 'report.html'}", soft_wrap=True)
    for problem in account.problems:
        err.print(f"[red]unexpected[/red] {escape(problem)}", highlight=False)
    if account.problems:
        raise typer.Exit(1)


@app.command("demo-data")
def demo_data(
    patrons: Annotated[int, typer.Option(min=400, help="Invented patrons.")] = 6000,
    *,
    as_json: Json = False,
) -> None:
    """Fill an empty Cicero with the demo's patrons; leaves one with patrons alone."""
    from registry_operators.demo.stage import fill_cicero_if_empty
    from registry_operators.installation import configured_secrets, database

    with _clear_errors(), database() as conninfo:
        filled = fill_cicero_if_empty(conninfo, configured_secrets().keys, patrons)
    added = patrons if filled else 0
    text = f"{added} patrons added." if filled else "Cicero has patrons; nothing was added."
    _answer(text, as_json, added=added)


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port of the web UI; 0 takes a free one.")] = 8080,
    patrons: Annotated[int, typer.Option(min=400, help="Invented patrons.")] = 6000,
    *,
    as_json: Json = False,
) -> None:
    """Start Airflow with its web UI on the demo's parts, until Ctrl-C."""
    from registry_operators.demo.web_ui import serve

    with _clear_errors():
        serve(port, patrons, tell=lambda text: _answer(text, as_json, said=text.strip()))


@app.command()
def stop(*, as_json: Json = False) -> None:
    """Stop what an interrupted demo or ui left running."""
    from registry_operators.demo.web_ui import stop_everything

    for name in stop_everything():
        _answer(f"stopped {name}", as_json, stopped=name)


if __name__ == "__main__":
    app()
