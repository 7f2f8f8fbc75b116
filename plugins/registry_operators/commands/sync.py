"""``patron-sync sync``: data syncs as documents, by hand and with their results (spec D1 to D6)."""

from __future__ import annotations

import getpass
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import typer

from registry_operators.commands.sync_decisions import (
    sync_approve,
    sync_held,
    sync_reject,
    sync_undo,
)
from registry_operators.errors import ConfigurationError
from registry_operators.terminal import Json, answer, clear_errors, err, out

sync_app = typer.Typer(help="Data syncs from library systems to profiles.", no_args_is_help=True)
sync_app.command("held")(sync_held)
sync_app.command("approve")(sync_approve)
sync_app.command("reject")(sync_reject)
sync_app.command("undo")(sync_undo)
Name = Annotated[str, typer.Argument(help="Name of the data sync.")]
Document = Annotated[Path, typer.Argument(help="YAML document; - reads standard input.")]


@sync_app.command("validate")
def sync_validate(document: Document, *, as_json: Json = False) -> None:
    """Check a document; everything that is wrong is told at once, with its line."""
    from registry_operators.installation import configured_profile_fields, configured_zone
    from registry_operators.settings.data_sync import parse_definition, refuse_past_schedule

    with clear_errors():
        text, where = _read(document), str(document)
        definition = parse_definition(text, configured_profile_fields(), where)
        zone = ZoneInfo(configured_zone())
        refuse_past_schedule(text, definition, datetime.now(UTC), zone, where)
    answer(f"{definition.name}: correct.", as_json, name=definition.name, correct=True)


@sync_app.command("save")
def sync_save(
    document: Document,
    *,
    name: Annotated[
        str | None, typer.Option("--as", help="Name of the draft, if the text has none to read.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Save a document as a draft, finished or not; what runs is not changed."""
    from registry_operators.installation import open_ledger
    from registry_operators.steps.data_sync.definitions import save_draft

    with clear_errors():
        text = _read(document)
        with open_ledger() as ledger:
            saved = save_draft(ledger, text, actor=getpass.getuser(), name=name)
    text = f"{saved.name}: saved as version {saved.version}."
    answer(text, as_json, name=saved.name, version=saved.version)


@sync_app.command("publish")
def sync_publish(
    what: Annotated[str, typer.Argument(help="A document, or the name of a saved draft.")],
    *,
    as_json: Json = False,
) -> None:
    """Let a document be the one that runs, on its schedule if it has one."""
    from registry_operators.installation import configured_profile_fields, open_ledger
    from registry_operators.steps.data_sync.definitions import publish, publish_draft

    with clear_errors():
        fields, actor = configured_profile_fields(), getpass.getuser()
        with open_ledger() as ledger:
            is_file = what == "-" or Path(what).suffix in {".yaml", ".yml"}
            saved = (
                publish(ledger, _read(Path(what)), fields, actor=actor)
                if is_file
                else publish_draft(ledger, what, fields, actor=actor)
            )
    text = f"{saved.name}: version {saved.version} is published."
    answer(text, as_json, name=saved.name, version=saved.version)


@sync_app.command("list")
def sync_list(*, as_json: Json = False) -> None:
    """Show all data syncs: status, next run, totals of the last one."""
    from registry_operators.commands.sync_page import tell_json, tell_statuses
    from registry_operators.installation import (
        configured_guards,
        configured_profile_fields,
        configured_zone,
        open_ledger,
    )
    from registry_operators.steps.data_sync.sync_status import sync_statuses

    with clear_errors(), open_ledger() as ledger:
        fields, zone = configured_profile_fields(), ZoneInfo(configured_zone())
        wait = configured_guards().approval.expire_days
        rows = sync_statuses(ledger, fields, datetime.now(UTC), zone, wait)
    if as_json:
        tell_json([row.as_dict() for row in rows])
    else:
        tell_statuses(rows, zone)


@sync_app.command("show")
def sync_show(
    name: Name,
    *,
    version: Annotated[int | None, typer.Option(help="A published version.")] = None,
    as_json: Json = False,
) -> None:
    """Print a document exactly as it was written."""
    from registry_operators.commands.sync_page import tell_json
    from registry_operators.installation import open_ledger
    from registry_operators.steps.data_sync.definitions import read_document, read_published

    with clear_errors(), open_ledger() as ledger:
        text = (
            read_document(ledger, name)
            if version is None
            else read_published(ledger, name, version)
        )
    if as_json:
        tell_json({"name": name, "version": version, "text": text})
    else:
        sys.stdout.write(text)


@sync_app.command("cancel")
def sync_cancel(name: Name, *, as_json: Json = False) -> None:
    """Take a data sync off its schedule; publishing it again puts it back."""
    from registry_operators.installation import open_ledger
    from registry_operators.steps.data_sync.definitions import cancel

    with clear_errors(), open_ledger() as ledger:
        cancel(ledger, name, actor=getpass.getuser())
    answer(f"{name}: off its schedule.", as_json, name=name, cancelled=True)


@sync_app.command("delete")
def sync_delete(name: Name, *, as_json: Json = False) -> None:
    """Delete a data sync; no profile is deleted, and its runs stay."""
    from registry_operators.installation import open_ledger
    from registry_operators.steps.data_sync.definitions import delete

    with clear_errors(), open_ledger() as ledger:
        delete(ledger, name, actor=getpass.getuser())
    answer(f"{name}: deleted; profiles and runs stay.", as_json, name=name, deleted=True)


@sync_app.command("run")
def sync_run(
    name: Name,
    *,
    dry_run: Annotated[bool, typer.Option(help="Plan and report; write no profile.")] = False,
    run_id: Annotated[str | None, typer.Option("--resume", help="Go on with this run.")] = None,
    as_json: Json = False,
) -> None:
    """Run the published version now."""
    from registry_operators.commands.sync_page import run_id_of, tell_account, tell_json
    from registry_operators.installation import (
        configured_profile_fields,
        configured_zone,
        open_data_sync,
    )
    from registry_operators.steps.data_sync.end_series import end_series
    from registry_operators.steps.data_sync.open_sync import SyncRequest
    from registry_operators.steps.data_sync.run_sync import run_sync

    with clear_errors():
        resumed = None if run_id is None else run_id_of(run_id)
        this_run = resumed or uuid4()
        with open_data_sync(name, resumed=resumed) as here:
            tell = partial(err.print, highlight=False, markup=False, soft_wrap=True)
            account = run_sync(
                here.ledger, here.client, here.sync, here.guards,
                SyncRequest(dry_run, getpass.getuser()), this_run, today=here.today,
                tell=tell,
            )  # fmt: skip
            zone = ZoneInfo(configured_zone())
            fields = configured_profile_fields()
            for line in end_series(here.ledger, fields, run_id=this_run, zone=zone):
                tell(line)
    if as_json:
        tell_json({"run_id": str(this_run), **account.as_dict()})
    else:
        tell_account(name, this_run, account)


@sync_app.command("preview")
def sync_preview(
    document: Document,
    *,
    show: Annotated[int, typer.Option(min=1, max=100, help="So many records.")] = 10,
    as_json: Json = False,
) -> None:
    """Show what a document would do to the first records that it means; nothing is written."""
    from registry_operators.commands.sync_page import tell_json
    from registry_operators.installation import open_data_sync
    from registry_operators.steps.data_sync.preview_sync import preview_sync

    with clear_errors(), open_data_sync(None, _read(document)) as here:
        rows = preview_sync(here.ledger, here.client, here.sync, today=here.today, most=show)
    if as_json:
        tell_json([row.as_dict() for row in rows])
        return
    for row in rows:
        out.print(f"record {row.record_id}: {row.outcome}", highlight=False, markup=False)
        for field, before, after in row.changes:
            out.print(f"  {field}: {before} -> {after}", highlight=False, markup=False)


@sync_app.command("results")
def sync_results(
    name: Name,
    *,
    run: Annotated[str | None, typer.Option(help="A run; the last one if none is named.")] = None,
    outcome: Annotated[str | None, typer.Option(help="List the records of this outcome.")] = None,
    errors_csv: Annotated[Path | None, typer.Option(help="Write the error log here.")] = None,
    as_json: Json = False,
) -> None:
    """Show the totals of a run, the records behind one of them, or its error log."""
    from registry_operators.commands.sync_page import (
        run_id_of,
        tell_account,
        tell_json,
        tell_removed,
    )
    from registry_operators.installation import open_ledger
    from registry_operators.steps.data_sync.list_results import (
        OUTCOMES,
        list_records,
        list_runs,
        write_error_log,
    )
    from registry_operators.steps.data_sync.ports import read_sync_run
    from registry_operators.steps.data_sync.report_sync import count_sync
    from registry_operators.steps.data_sync.undo_sync import count_undone

    with clear_errors(), open_ledger() as ledger:
        run_id = run_id_of(run) if run else _last_run(list_runs(ledger, name, most=1), name)
        if outcome is not None and outcome not in OUTCOMES:
            raise ConfigurationError(f"no outcome {outcome!r}; there are {', '.join(OUTCOMES)}")
        account, undone = count_sync(ledger, run_id), count_undone(ledger, run_id)
        state = read_sync_run(ledger, run_id)
        rows = [] if outcome is None else list(list_records(ledger, run_id, outcome))
        if errors_csv is not None:
            with errors_csv.open("w", encoding="utf-8", newline="") as file:
                write_error_log(ledger, run_id, file)
    records = [
        {"record": row.record_id, "reason": row.reason, "fields": row.fields} for row in rows
    ]
    if as_json:
        totals = {"run_id": str(run_id), **account.as_dict(), "undone": undone.as_dict()}
        facts = {one: getattr(state, one) for one in ("state", "values_gone_at", "records_gone_at")}
        tell_json({**totals, **facts, "records": records})
        return
    tell_account(name, run_id, account)
    tell_removed(state)
    if undone.rows:
        out.print(f"  undone: {undone.reversed:,} reversed, {undone.kept:,} kept", markup=False)
    for row in rows:
        told = ", ".join(row.fields or []) or row.reason or ""
        out.print(f"  {row.record_id}  {told}", highlight=False, markup=False)


def _last_run(rows: list[Any], name: str) -> UUID:
    if not rows:
        raise ConfigurationError(f"data sync {name!r} has not run yet")
    run_id: UUID = rows[0].run_id
    return run_id


def _read(document: Path) -> str:
    try:
        if str(document) == "-":
            return sys.stdin.read()
        return document.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{document}: cannot be read ({type(error).__name__}); name a UTF-8 file"
        ) from None
