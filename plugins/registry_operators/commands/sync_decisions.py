"""``patron-sync sync held``, ``approve``, ``reject`` and ``undo`` (spec X2, X7)."""

from __future__ import annotations

import getpass
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from registry_operators.terminal import Json, answer, clear_errors, out

Run = Annotated[str, typer.Argument(help="Id of the run, as sync held and sync results print it.")]
Why = Annotated[str, typer.Option("--reason", help="Why; stands in the audit trail.")]
Note = Annotated[str | None, typer.Option("--reason", help="Why; stands in the audit trail.")]


def sync_held(*, as_json: Json = False) -> None:
    """Show which runs hold changes that exceeded a limit, and how many of each kind."""
    from registry_operators.commands.sync_page import local, tell_json
    from registry_operators.installation import configured_guards, configured_zone, open_ledger
    from registry_operators.steps.data_sync.decide_sync import list_held_syncs

    with clear_errors(), open_ledger() as ledger:
        held = list_held_syncs(ledger, configured_guards().approval)
    if as_json:
        tell_json([one.as_dict() for one in held])
        return
    for one in held:
        kinds = ", ".join(f"{records:,} {kind}" for kind, records in one.changes.items())
        until = local(one.expires_at, ZoneInfo(configured_zone()))
        state = "superseded by a later run" if one.is_superseded else f"until {until}"
        out.print(
            f"{one.run_id}  {one.name} version {one.version}: {kinds}; {state}; "
            f"asked by {one.asked_by}",
            highlight=False, markup=False, soft_wrap=True,
        )  # fmt: skip
    if not held:
        out.print("Nothing waits for a decision.")


def sync_approve(run: Run, *, reason: Why, as_json: Json = False) -> None:
    """Approve the held changes of a run and write them, where nothing has changed since."""
    _decide(run, reason, "approve", as_json=as_json)


def sync_reject(run: Run, *, reason: Why, as_json: Json = False) -> None:
    """Reject the held changes of a run: they are not made; the next run asks again."""
    _decide(run, reason, "reject", as_json=as_json)


def sync_undo(
    run: Run,
    *,
    dry_run: Annotated[bool, typer.Option(help="Tell the same, write nothing.")] = False,
    reason: Note = None,
    as_json: Json = False,
) -> None:
    """Take back what a run wrote where nobody has changed it since; the next run writes it anew."""
    from registry_operators.commands.sync_page import run_id_of, tell_json
    from registry_operators.installation import open_ledger
    from registry_operators.steps.data_sync.undo_sync import UndoSyncRequest, undo_sync

    with clear_errors(), open_ledger() as ledger:
        request = UndoSyncRequest(
            run_id_of(run), getpass.getuser(), is_dry_run=dry_run, note=reason
        )
        undone = undo_sync(ledger, request)
    if as_json:
        tell_json({"run_id": run, "dry_run": dry_run, **undone.as_dict()})
        return
    verb = "would be " if dry_run else ""
    out.print(f"{undone.reversed:,} {verb}reversed, {undone.kept:,} {verb}kept.", highlight=False)
    for row in undone.rows:
        name = row["field"] or row["kind"]
        why = f" because {row['reason']}" if row["reason"] else ""
        out.print(f"  {name} {row['state']}{why}: {row['things']:,}", highlight=False, markup=False)


def _decide(run: str, reason: str, deed: str, *, as_json: bool) -> None:
    from registry_operators.commands.sync_page import run_id_of, tell_account
    from registry_operators.installation import configured_guards, open_ledger
    from registry_operators.steps.data_sync.decide_sync import approve_sync, reject_sync

    step = approve_sync if deed == "approve" else reject_sync
    with clear_errors(), open_ledger() as ledger:
        run_id, approval = run_id_of(run), configured_guards().approval
        account = step(ledger, run_id, approval, decided_by=getpass.getuser(), reason=reason)
    done = "approved and written" if deed == "approve" else "rejected; nothing of it is written"
    answer(f"Run {run_id}: {done}.", as_json, run_id=str(run_id), **account.as_dict())
    if not as_json:
        tell_account("Now", run_id, account)
