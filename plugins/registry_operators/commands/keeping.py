"""``patron-sync undo``, ``erase`` and ``housekeeping``: take back, forget, tidy (spec X7, X10)."""

from __future__ import annotations

import getpass
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID, uuid4

import typer
from rich.table import Table

from registry_operators.terminal import Json, answer, clear_errors, err, out

if TYPE_CHECKING:
    from registry_operators.steps.erase_person import Erasure

Note = Annotated[str | None, typer.Option("--reason", help="Why; stands in the audit trail.")]
DryRun = Annotated[bool, typer.Option(help="Tell the same, write nothing.")]


def undo(
    run: Annotated[str, typer.Argument(help="Id of the run, as run and status print it.")],
    field: Annotated[
        list[str] | None, typer.Option(help="relation, card or pin; may be repeated.")
    ] = None,
    library: Annotated[list[str] | None, typer.Option(help="Agency code; may be repeated.")] = None,
    *,
    dry_run: DryRun = False,
    reason: Note = None,
    as_json: Json = False,
) -> None:
    """Put back what a run replaced, where nobody has changed it since."""
    from registry_operators.installation import open_installation
    from registry_operators.steps.undo_run import UndoRequest, undo_run

    with clear_errors():
        request = UndoRequest(
            _run_id(run), getpass.getuser(), tuple(field or ()), tuple(library or ()),
            is_dry_run=dry_run, note=reason,
        )  # fmt: skip
        with open_installation() as here:
            rows = undo_run(here.ledger, here.connect, here.secrets, request, uuid4())
    changes = [row._asdict() for row in rows]
    if as_json:
        out.print_json(json.dumps({"run_id": run, "dry_run": dry_run, "changes": changes}))
    elif not changes:
        out.print("The run wrote nothing of that.")
    else:
        out.print(_undo_table(changes, "would be" if dry_run else "is"))
    if any(row["state"] in {"failed", "planned"} for row in changes):
        err.print("Some changes failed; the same command tries them again.")
        raise typer.Exit(1)


def _undo_table(changes: list[dict[str, Any]], verb: str) -> Table:
    """Return what became of the changes: a row for each library, field and reason."""
    table = Table(title=f"What {verb} taken back", title_justify="left", box=None)
    for name in ("library", "target", "field", "state", "reason"):
        table.add_column(name, no_wrap=True)
    table.add_column("changes", justify="right")
    for row in changes:
        texts = [
            str(row[name] or "–") for name in ("library", "target", "field", "state", "reason")
        ]
        table.add_row(*texts, f"{row['changes']:,}")
    return table


def erase(
    *,
    patron_id: Annotated[int | None, typer.Option(help="Cicero's number of the patron.")] = None,
    card: Annotated[str | None, typer.Option(help="A card number, in force or not.")] = None,
    person_id_stdin: Annotated[
        bool, typer.Option("--person-id-stdin", help="Read a national id from standard input.")
    ] = False,
    record: Annotated[
        str | None,
        typer.Option(help="A record of a library system: koha_main:17 (connection, id there)."),
    ] = None,
    dry_run: DryRun = False,
    reason: Note = None,
    as_json: Json = False,
) -> None:
    """Remove a person's traces from staging, ledger, journal and outbox, and their profiles."""
    from registry_operators.installation import (
        configured_profile_fields,
        configured_secrets,
        database,
    )
    from registry_operators.ledger.database import Ledger
    from registry_operators.steps.erase_person import ErasureRequest, erase_person

    with clear_errors():
        request = ErasureRequest(
            getpass.getuser(),
            patron_id,
            card.strip() if card else None,
            _read_national_id() if person_id_stdin else None,
            record,
            is_dry_run=dry_run,
            note=reason,
        )
        other_fields = configured_profile_fields().other_than_text()
        with database() as conninfo, Ledger.connect(conninfo) as ledger:
            keys = configured_secrets().keys
            erasure = erase_person(ledger, keys, request, other_fields=other_fields)
    if as_json:
        out.print_json(json.dumps(erasure.as_dict()))
    else:
        _tell(erasure, dry_run)


def _read_national_id() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("National id: ").strip()
    return sys.stdin.readline().strip()


def _tell(erasure: Erasure, dry_run: bool) -> None:
    table = Table("table", "rows", box=None)
    for place, rows in sorted(erasure.rows.items()):
        table.add_row(place, f"{rows:,}")
    out.print("Would be removed" if dry_run else "Removed", table)
    if erasure.records:
        out.print(
            f"Found in data syncs: {', '.join(erasure.records)}. The library systems were not "
            "touched: the next data sync makes a profile again unless the record goes there, or "
            "the filter leaves it out.",
            highlight=False, markup=False,
        )  # fmt: skip
    if erasure.patrons_here:
        out.print(
            f"The person is still a patron in Cicero ({erasure.patrons_here}, consenting: "
            f"{erasure.consenting}); with consent the next run makes new traces.",
            highlight=False,
        )
    if erasure.open_removals:
        out.print(
            f"{erasure.open_removals} relations are still to be removed in the registry; what that "
            "needs goes when it is done. Erase again then.",
            highlight=False,
        )
    if erasure.running:
        out.print(
            f"{erasure.running} runs are under way and may leave traces; erase again when they "
            "have ended.",
            highlight=False,
        )


def housekeeping(*, as_json: Json = False) -> None:
    """Remove what is old enough, sign the audit trail, and name who waits too long."""
    from registry_operators.installation import (
        configured_audit_key,
        configured_libraries,
        database,
    )
    from registry_operators.ledger.database import Ledger
    from registry_operators.settings.audit import audit_directory
    from registry_operators.steps.apply_retention import apply_retention
    from registry_operators.steps.check_outbox import overdue_entries, raise_if_overdue
    from registry_operators.steps.data_sync.decide_sync import expire_held_syncs
    from registry_operators.steps.sign_audit import sign_head

    with clear_errors(), database() as conninfo, Ledger.connect(conninfo) as ledger:
        config, now = configured_libraries(), datetime.now(UTC)
        retention = config.retention
        signed = sign_head(ledger, configured_audit_key(), audit_directory(), now)
        expired = expire_held_syncs(ledger, config.guards.approval)
        removed = apply_retention(ledger, retention, now)
        overdue = overdue_entries(ledger, retention.outbox_alarm_days)
        rows = ", ".join(f"{count:,} {table}" for table, count in removed.items() if count)
        text = f"Removed: {rows or 'nothing'}. Audit trail: " + (
            f"event {signed.event_no} signed." if signed else "nothing new to sign."
        )
        for held in expired:
            err.print(held.notice, highlight=False, markup=False, soft_wrap=True)
        answer(
            text, as_json, removed=removed, signed=signed.event_no if signed else None,
            expired=[str(held.run_id) for held in expired],
            overdue=[row._asdict() for row in overdue],
        )  # fmt: skip
        raise_if_overdue(overdue, retention.outbox_alarm_days)


def _run_id(text: str) -> UUID:
    from registry_operators.errors import DecisionRefusedError

    try:
        return UUID(text)
    except ValueError:
        raise DecisionRefusedError("undo wants the id of a run, a UUID") from None
