"""``patron-sync held`` and ``patron-sync outbox``: what waits for a person (spec X2, X5)."""

from __future__ import annotations

import getpass
import json
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from registry_operators.terminal import Json, answer, clear_errors, err, out

held_app = typer.Typer(
    help="Changes that exceeded a limit and wait for a decision.", no_args_is_help=True
)
outbox_app = typer.Typer(
    help="What should have been written and could not be.", no_args_is_help=True
)
SetId = Annotated[str, typer.Argument(help="Id of the set, as held list shows it.")]
Why = Annotated[str, typer.Option("--reason", help="Why; stands in the audit trail.")]
Library = Annotated[str | None, typer.Option(help="Agency code.")]
Patron = Annotated[int | None, typer.Option("--patron-id", help="Patron id in Cicero.")]


@held_app.command("list")
def held_list(
    *,
    every: Annotated[bool, typer.Option("--all", help="Decided ones too.")] = False,
    show: Annotated[int, typer.Option(min=0, help="So many changes of each, masked.")] = 0,
    as_json: Json = False,
) -> None:
    """Show what waits: which changes, how many, and how many would have gone through."""
    from registry_operators.installation import database
    from registry_operators.ledger.database import Ledger
    from registry_operators.steps.decide_held_changes import list_held
    from registry_operators.steps.show_plan import list_changes

    with clear_errors(), database() as conninfo, Ledger.connect(conninfo) as ledger:
        sets = [row._asdict() for row in list_held(ledger, None if every else "open")]
        for one in sets:
            rows = (
                list_changes(ledger, one["run_id"], held_set_id=one["held_set_id"], most=show)
                if show
                else []
            )
            one["sample"] = [row._asdict() for row in rows]
    if as_json:
        out.print_json(json.dumps(sets, default=str))
        return
    for one in sets:
        _tell(one)
    if not sets:
        out.print("Nothing waits for a decision.")


def _tell(one: dict[str, Any]) -> None:
    limit = "" if one["kind"] == "conflicts" else f" ({one['allowed']} allowed)"
    out.print(
        f"{one['held_set_id']}  {one['state']}  library {one['library']}, {one['flow']}: "
        f"{one['changes']} {one['kind']}{limit}, {one['waiting']} waiting until "
        f"{one['expires_at']:%Y-%m-%d %H:%M}; asked by {one['asked_by']}, "
        f"digest {one['digest'][:16]}",
        highlight=False, markup=False, soft_wrap=True,
    )  # fmt: skip
    for change in one["sample"]:
        pairs = [f"{name}={value}" for name, value in change.items() if value is not None]
        out.print("  " + " ".join(pairs), highlight=False, markup=False, soft_wrap=True)


@held_app.command("approve")
def held_approve(
    held_set: SetId,
    *,
    reason: Why,
    digest: Annotated[str | None, typer.Option(help="Digest of what you saw, to be sure.")] = None,
    as_json: Json = False,
) -> None:
    """Approve a set and carry it out, after a check against today's data."""
    from registry_operators.installation import open_installation
    from registry_operators.steps.apply_held_changes import apply_held_changes
    from registry_operators.steps.decide_held_changes import approve_held, list_held

    with clear_errors(), open_installation() as here:
        set_id = _uuid(held_set)
        states = {row.held_set_id: row.state for row in list_held(here.ledger, None)}
        # What was approved and then interrupted is carried on with.
        if states.get(set_id) != "approved":
            approve_held(
                here.ledger,
                set_id,
                digest=digest,
                decided_by=getpass.getuser(),
                reason=reason,
                four_eyes=here.config.guards.approval.four_eyes,
            )
        lines = apply_held_changes(here.ledger, here.connect, here.secrets, held_set_id=set_id)
    for line in lines:
        err.print(line, highlight=False, markup=False, soft_wrap=True)
    answer("Approved and carried out.", as_json, applied=True, audit=lines)


@held_app.command("reject")
def held_reject(held_set: SetId, *, reason: Why, as_json: Json = False) -> None:
    """Reject a set: its changes are not made."""
    from registry_operators.installation import database
    from registry_operators.ledger.database import Ledger
    from registry_operators.steps.decide_held_changes import reject_held

    with clear_errors(), database() as conninfo, Ledger.connect(conninfo) as ledger:
        dropped = reject_held(ledger, _uuid(held_set), decided_by=getpass.getuser(), reason=reason)
    answer(f"Rejected; {dropped} changes are not made.", as_json, rejected=dropped)


@outbox_app.command("list")
def outbox_list(
    *,
    library: Library = None,
    reason: Annotated[str | None, typer.Option(help="Reason code.")] = None,
    as_json: Json = False,
) -> None:
    """Show who waits for the next run, or for a person, and since when; oldest first."""
    from registry_operators.installation import database
    from registry_operators.ledger.database import Ledger
    from registry_operators.steps.outbox import OutboxChoice, list_outbox

    with clear_errors(), database() as conninfo, Ledger.connect(conninfo) as ledger:
        rows = [row._asdict() for row in list_outbox(ledger, OutboxChoice(library, reason))]
    if as_json:
        out.print_json(json.dumps(rows, default=str))
        return
    table = Table("library", "flow", "kind", "id", "person", "reason", "tries", "days", "waits for")
    for row in rows:
        table.add_row(
            row["library"], row["flow"], row["kind"], str(row["entry_id"]), row["person"] or "–",
            row["reason"], str(row["attempts"]), str(row["age_days"]),
            "a person" if row["waits"] else "the next run",
        )  # fmt: skip
    out.print(table if rows else "Nothing waits.")


@outbox_app.command("retry")
def outbox_retry(
    *,
    library: Library = None,
    reason: Annotated[str | None, typer.Option(help="Reason code.")] = None,
    patron: Patron = None,
    as_json: Json = False,
) -> None:
    """Let the next run try those again who wait for a person."""
    from registry_operators.installation import database
    from registry_operators.ledger.database import Ledger
    from registry_operators.steps.outbox import OutboxChoice, retry_outbox

    with clear_errors(), database() as conninfo, Ledger.connect(conninfo) as ledger:
        choice = OutboxChoice(library, reason, patron)
        count = retry_outbox(ledger, choice, actor=getpass.getuser())
    answer(f"{count} patrons are tried again by the next run.", as_json, retried=count)


@outbox_app.command("drop")
def outbox_drop(
    *,
    why: Annotated[str, typer.Option("--why", help="Why; stands in the audit trail.")],
    library: Library = None,
    reason: Annotated[str | None, typer.Option(help="Reason code.")] = None,
    patron: Patron = None,
    removal: Annotated[int | None, typer.Option(help="Id of a removal instead.")] = None,
    as_json: Json = False,
) -> None:
    """Let patrons go that could not be dealt with, or keep a relation."""
    from registry_operators.installation import database
    from registry_operators.ledger.database import Ledger
    from registry_operators.steps.outbox import OutboxChoice, drop_outbox, drop_removal

    with clear_errors(), database() as conninfo, Ledger.connect(conninfo) as ledger:
        actor = getpass.getuser()
        if removal is not None:
            count = drop_removal(ledger, removal, actor=actor, reason=why)
        else:
            choice = OutboxChoice(library, reason, patron)
            count = drop_outbox(ledger, choice, actor=actor, reason=why)
    answer(f"{count} entries dropped.", as_json, dropped=count)


def _uuid(text: str) -> UUID:
    from registry_operators.errors import DecisionRefusedError

    try:
        return UUID(text)
    except ValueError:
        raise DecisionRefusedError("the id of a set is a UUID; held list shows them") from None
