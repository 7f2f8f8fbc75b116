"""
Make ``docs/commands.md`` from the definitions of ``patron-sync``.

A command's text is the docstring of its function, that of an argument or option its ``help``; what
has none is an error.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import typer
from typer.models import ArgumentInfo, CommandInfo, OptionInfo

from registry_operators.cli import app

_HEAD = """\
# All commands

Written by `make docs-pages` from the definitions of `patron-sync`; do not edit this page.
`patron-sync … --help` tells the same at a terminal. The command lies in `.venv/bin`.

| Exit code | Means |
| --- | --- |
| 0 | Done as asked. A run: every library that takes part came to its end |
| 1 | Not done, or done and something is wrong; a code and a sentence stand on standard error |
| 2 | The command line is wrong: an unknown option, a missing argument, a value out of bounds |
| 130 | Ended with Ctrl-C |

[What to do when](runbooks.md#exit-codes) says what to do about each. The code in front of the
sentence is explained there too. Every command takes `--json`: then the answer on standard output
is one JSON document; errors stay as they are.

"""
_KINDS = {int: "number", str: "text", float: "number", Path: "path"}


class UndocumentedError(Exception):
    """A command, an argument or an option says nothing of itself; add its text."""


@dataclass(frozen=True, slots=True)
class Command:
    """
    One command as it is typed.

    :param path: With the names of its groups.
    :param params: How each is written, what it is, its default, and what it means.
    """

    path: str
    usage: str
    text: str
    params: list[tuple[str, str, str, str]]


def page() -> str:
    """
    Return the page.

    :raises UndocumentedError: Something says nothing of itself.
    """
    commands = sorted(_commands(app, "patron-sync"), key=lambda one: one.path)
    rows = "".join(f"| [`{one.path}`](#{_anchor(one.path)}) | {_first(one.text)} |\n"
                   for one in commands)  # fmt: skip
    index = f"| Command | What it does |\n| --- | --- |\n{rows}"
    return _HEAD + index + "".join(_section(one) for one in commands)


def _commands(group: typer.Typer, path: str) -> Iterator[Command]:
    for info in group.registered_commands:
        yield _command(info, path)
    for inner in group.registered_groups:
        if inner.typer_instance is not None:
            yield from _commands(inner.typer_instance, f"{path} {inner.name}")


def _command(info: CommandInfo, path: str) -> Command:
    callback = info.callback
    if callback is None:
        raise UndocumentedError(f"{path}: a command without a function")
    name = info.name or callback.__name__.replace("_", "-")
    text = inspect.getdoc(callback)
    if not text:
        raise UndocumentedError(f"{path} {name}: add a docstring")
    hints = get_type_hints(callback, include_extras=True)
    params, typed = [], []
    for param in inspect.signature(callback).parameters.values():
        kind, what = _unpacked(hints[param.name])
        if not what.help:
            raise UndocumentedError(f"{path} {name}: {param.name} has no help")
        written = _written(param.name, kind, what)
        is_needed = param.default is inspect.Parameter.empty
        if isinstance(what, ArgumentInfo):
            typed.append(written if is_needed else f"[{written}]")
        elif is_needed:
            typed.append(f"({written.replace('/', '|')})" if kind is bool else f"{written} …")
        default = "*needed*" if is_needed else _default(param.default)
        if written != "--json":
            params.append((written, _kind(kind, what), default, what.help))
    usage = " ".join([path, name, *typed, "[options]"])
    return Command(f"{path} {name}", usage, text, params)


def _unpacked(hint: Any) -> tuple[Any, ArgumentInfo | OptionInfo]:
    """Take ``Annotated[kind, typer.Option(…)]`` apart."""
    kind, *notes = get_args(hint)
    for note in notes:
        if isinstance(note, ArgumentInfo | OptionInfo):
            return kind, note
    raise UndocumentedError(f"{hint}: neither an argument nor an option")


def _written(name: str, kind: Any, what: ArgumentInfo | OptionInfo) -> str:
    if isinstance(what, ArgumentInfo):
        return name.replace("_", "-").upper()
    if names := _names(what):
        return " / ".join(names)
    option = f"--{name.replace('_', '-')}"
    return f"{option} / --no-{option[2:]}" if kind is bool else option


def _names(what: ArgumentInfo | OptionInfo) -> list[str]:
    """Return the names that an option was given; typer keeps the first one as its default."""
    given = [one for one in (what.default, *(what.param_decls or ())) if isinstance(one, str)]
    return [part for one in given for part in one.split("/")]


def _kind(kind: Any, what: ArgumentInfo | OptionInfo) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _kind(next(one for one in arguments if one is not NoneType), what)
    if origin is list:
        return f"{_kind(arguments[0], what)}, repeatable"
    if origin is Literal:
        return " or ".join(f"`{one}`" for one in arguments)
    if kind is bool:
        return "–"
    bounds = ""
    if what.min is not None or what.max is not None:
        ends = [what.min, what.max]
        bounds = f", {ends[0]:,} to {ends[1]:,}" if None not in ends else (
            f", {what.min:,} or more" if what.min is not None else f", at most {what.max:,}"
        )  # fmt: skip
    return f"{_KINDS.get(kind) or getattr(kind, '__name__', 'text')}{bounds}"


def _default(value: Any) -> str:
    if value is None or value is False or value == "":
        return "–"
    return "yes" if value is True else f"`{value}`"


def _section(command: Command) -> str:
    rows = "".join(
        f"| `{written}` | {kind} | {default} | {meaning} |\n"
        for written, kind, default, meaning in command.params
    )
    head = "| Argument or option | Value | Default | Meaning |\n| --- | --- | --- | --- |\n"
    return f"\n## {command.path}\n\n{command.text}\n\n```\n{command.usage}\n```\n" + (
        f"\n{head}{rows}" if rows else ""
    )


def _first(text: str) -> str:
    return text.split("\n\n")[0].replace("\n", " ")


def _anchor(path: str) -> str:
    return path.replace(" ", "-")
