"""``patron-sync audit``: sign, verify and read the audit trail (spec X9)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from registry_operators.terminal import Json, answer, clear_errors, err, out

if TYPE_CHECKING:
    from registry_operators.steps.verify_audit import AuditAccount

audit_app = typer.Typer(
    help="The audit trail: what was decided and written, and by whom.", no_args_is_help=True
)
Heads = Annotated[
    Path | None,
    typer.Option("--heads", help="Folder of signed heads instead of PATRON_SYNC_AUDIT_DIR."),
]


@audit_app.command("sign")
def audit_sign(*, heads: Heads = None, as_json: Json = False) -> None:
    """Sign the last event and append the signature to the file outside the database."""
    from registry_operators.installation import configured_audit_key, database
    from registry_operators.ledger.database import Ledger
    from registry_operators.settings.audit import audit_directory
    from registry_operators.steps.sign_audit import sign_head

    with clear_errors(), database() as conninfo, Ledger.connect(conninfo) as ledger:
        directory = heads or audit_directory()
        signed = sign_head(ledger, configured_audit_key(), directory, datetime.now(UTC))
    if signed is None:
        answer("Nothing new to sign.", as_json, signed=False)
    else:
        text = f"Event {signed.event_no} signed in {directory}."
        answer(text, as_json, signed=True, event_no=signed.event_no, digest=signed.digest)


@audit_app.command("verify")
def audit_verify(
    *,
    public_key: Annotated[
        list[str] | None,
        typer.Option(help="As audit public-key prints it; may be repeated. Needs no secret then."),
    ] = None,
    heads: Heads = None,
    as_json: Json = False,
) -> None:
    """Recompute the whole trail and name the first broken link; code 1 if there is one."""
    from registry_operators.installation import configured_audit_key, database
    from registry_operators.ledger.database import Ledger
    from registry_operators.settings.audit import audit_directory, audit_verifier
    from registry_operators.steps.verify_audit import verify_audit

    with clear_errors(), database() as conninfo, Ledger.connect(conninfo) as ledger:
        verifier = audit_verifier(public_key or [configured_audit_key().public_key])
        account = verify_audit(ledger, verifier, heads or audit_directory())
    if as_json:
        out.print_json(json.dumps(account.as_dict()))
    else:
        _tell(account)
    if account.broken is not None:
        raise typer.Exit(1)


def _tell(account: AuditAccount) -> None:
    span = f"{account.events} events up to {account.last_no}"
    if (broken := account.broken) is not None:
        text = f"[red]BROKEN[/red] event {broken.event_no}: {broken.kind}; {broken.text} ({span})"
        err.print(text, highlight=False, soft_wrap=True)
        return
    trimmed = f", {account.trimmed_up_to} trimmed before" if account.trimmed_up_to else ""
    sealed = f" {account.sealed} records of data syncs are as sealed." if account.sealed else ""
    out.print(f"Whole: {span}{trimmed}; {account.heads} signed heads up to event "
              f"{account.signed_up_to}.{sealed}", highlight=False, soft_wrap=True)  # fmt: skip
    if account.last_no and not account.heads:
        err.print("[yellow]warning[/yellow] no head is signed; run patron-sync audit sign daily")


@audit_app.command("list")
def audit_list(
    *,
    run: Annotated[str | None, typer.Option(help="Only of this run.")] = None,
    library: Annotated[str | None, typer.Option(help="Only of this library.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    as_json: Json = False,
) -> None:
    """Show the newest events, the newest last."""
    from registry_operators.installation import database
    from registry_operators.ledger.database import Ledger
    from registry_operators.steps.list_audit import list_audit

    with clear_errors(), database() as conninfo, Ledger.connect(conninfo) as ledger:
        rows = list_audit(ledger, run_id=_run_id(run), library=library, limit=limit)
    if as_json:
        out.print_json(json.dumps(rows, default=str))
        return
    for row in rows:
        detail = row.pop("detail", None)
        columns = {**row, **detail} if isinstance(detail, dict) else row
        pairs = [f"{name}={value}" for name, value in columns.items()]
        out.print(" ".join(pairs), highlight=False, markup=False, soft_wrap=True)


@audit_app.command("public-key")
def audit_public_key(*, as_json: Json = False) -> None:
    """Print the public key with which anybody can verify the signed heads."""
    from registry_operators.installation import configured_audit_key

    with clear_errors():
        key = configured_audit_key()
    answer(key.public_key, as_json, public_key=key.public_key, key_id=key.key_id)


def _run_id(text: str | None) -> UUID | None:
    from registry_operators.errors import ConfigurationError

    try:
        return None if text is None else UUID(text)
    except ValueError:
        raise ConfigurationError("--run wants the id of a run, a UUID") from None
