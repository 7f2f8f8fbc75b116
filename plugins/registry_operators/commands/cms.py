"""``patron-sync cms-api`` and ``cms-user``: serve the CMS API, and who may log in (spec N3.8)."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from registry_operators.terminal import Json, answer, clear_errors, out

if TYPE_CHECKING:
    from registry_operators.cms_api.users import CmsUsers

cms_user_app = typer.Typer(
    help="Who may log in to the CMS API: the client systems of a library.", no_args_is_help=True
)
Library = Annotated[str, typer.Option(help="Agency code, seven digits.")]
Name = Annotated[str, typer.Argument(help="Name of the CMS user.")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]


def cms_api(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8090,
    connections: Annotated[int, typer.Option(min=1, help="To the database, at most.")] = 16,
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate and chain, to serve HTTPS.")
    ] = None,
    private_key: Annotated[Path | None, typer.Option(help="Its key.")] = None,
    behind_tls: Annotated[
        bool, typer.Option("--behind-tls", help="A proxy in front ends TLS.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Serve the CMS API until Ctrl-C."""
    from registry_operators.cms_api.server import Serving, serve

    scheme = "http" if certificate is None else "https"
    answer(f"Serving {scheme}://{host}:{port} until Ctrl-C.", as_json, serving=port, host=host)
    with clear_errors():
        serve(Serving(host, port, connections, certificate, private_key, behind_tls))


@cms_user_app.command("add")
def cms_user_add(
    name: Name, *, library: Library, password_stdin: FromStdin = False, as_json: Json = False
) -> None:
    """Add a CMS user to a library; the password is asked for."""
    with clear_errors(), _users() as users:
        users.add(library, name, _read_password(password_stdin))
    answer(f"CMS user {name} of library {library} added.", as_json, added=name)


@cms_user_app.command("password")
def cms_user_password(
    name: Name, *, library: Library, password_stdin: FromStdin = False, as_json: Json = False
) -> None:
    """Give a CMS user another password; its sessions end."""
    with clear_errors(), _users() as users:
        users.set_password(library, name, _read_password(password_stdin))
    answer(f"CMS user {name} of library {library} has another password.", as_json, changed=name)


@cms_user_app.command("lock")
def cms_user_lock(name: Name, *, library: Library, as_json: Json = False) -> None:
    """Keep a CMS user out; its sessions end."""
    with clear_errors(), _users() as users:
        users.lock(library, name, locked=True)
    answer(f"CMS user {name} of library {library} is locked.", as_json, locked=name)


@cms_user_app.command("unlock")
def cms_user_unlock(name: Name, *, library: Library, as_json: Json = False) -> None:
    """Let a CMS user log in again."""
    with clear_errors(), _users() as users:
        users.lock(library, name, locked=False)
    answer(f"CMS user {name} of library {library} may log in.", as_json, unlocked=name)


@cms_user_app.command("list")
def cms_user_list(
    *,
    library: Annotated[str | None, typer.Option(help="Agency code; else all libraries.")] = None,
    as_json: Json = False,
) -> None:
    """List the CMS users with their open sessions."""
    with clear_errors(), _users() as users:
        rows = users.list(library)
    if as_json:
        out.print_json(json.dumps(rows, default=str))
        return
    table = Table("library", "name", "locked", "changed", "sessions", box=None)
    for row in rows:
        locked = "yes" if row["locked"] else "no"
        changed_on = f"{row['changed_at']:%Y-%m-%d}"
        table.add_row(row["library"], row["name"], locked, changed_on, str(row["sessions"]))
    out.print(table)


@contextmanager
def _users() -> Iterator[CmsUsers]:
    from registry_operators.cms_api.users import CmsUsers
    from registry_operators.installation import configured_libraries, database
    from registry_operators.ledger.database import Ledger

    with database() as conninfo, Ledger.connect(conninfo) as ledger:
        yield CmsUsers(ledger, configured_libraries(), getpass.getuser())


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password
