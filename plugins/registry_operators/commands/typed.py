"""What is typed and is no argument, because arguments are seen by others: national id, PIN, yes."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import typer

from registry_operators.errors import ConfigurationError
from registry_operators.terminal import err

PersonIdStdin = Annotated[
    bool,
    typer.Option("--person-id-stdin", help="Read the national id from standard input, one line."),
]
PinStdin = Annotated[
    bool,
    typer.Option(
        "--pin-stdin", help="Read the PIN from standard input; its line is after the national id's."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]


def typed_national_id(*, from_stdin: bool) -> str:
    """
    Return a national id from a prompt that shows nothing, or from a line of standard input.

    :raises ConfigurationError: There is neither.
    """
    if from_stdin and not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    _need_terminal("a national id is typed at a prompt; without one use --person-id-stdin")
    return getpass.getpass("National id: ").strip()


def typed_pin(*, from_stdin: bool) -> str:
    """
    Return a PIN from a prompt that shows nothing and asks twice, or from standard input.

    :raises ConfigurationError: There is neither, or the two differ.
    """
    if from_stdin and not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    _need_terminal("a PIN is typed at a prompt; without one use --pin-stdin")
    pin = getpass.getpass("PIN: ").strip()
    if getpass.getpass("PIN again: ").strip() != pin:
        raise ConfigurationError("the two PINs differ; nothing was changed")
    return pin


def need_somebody_to_ask(*, yes: bool) -> None:
    """
    Refuse to go on where a yes is needed and nobody can say it.

    :raises ConfigurationError: Standard input is no terminal, and ``--yes`` is missing.
    """
    if not yes:
        _need_terminal("this asks for a yes; where nobody can be asked, add --yes")


def confirm(question: str, *, yes: bool) -> None:
    """Ask whether to go on, and end with code 1 if not."""
    if not yes and not typer.confirm(question, err=True):
        err.print("Nothing was changed.")
        raise typer.Exit(1)


def _need_terminal(text: str) -> None:
    if not sys.stdin.isatty():
        raise ConfigurationError(text)
