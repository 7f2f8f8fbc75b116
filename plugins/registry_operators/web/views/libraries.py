"""Libraries: what is configured, where it comes from, and what each check says of it (N2.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response

from registry_operators.domain.guards import GuardKind, Limit
from registry_operators.installation import try_log_in
from registry_operators.settings.configuration_checks import (
    CheckedConfiguration,
    check_configuration,
)
from registry_operators.settings.libraries import LibrariesConfig, Library
from registry_operators.web.access import Role
from registry_operators.web.language import mark
from registry_operators.web.navigation import Section
from registry_operators.web.problems import not_found
from registry_operators.web.visit import Operator, Viewer, Visit

router = APIRouter()
SECTION: Section | None = Section("libraries", mark("Libraries"))

_AT_ONCE = 8
_NEVER_SHOWN = frozenset({"default_pin"})
_ELSEWHERE = frozenset({"libraries", "pages"})


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One field of the configuration as it is in force.

    :param is_written: It stands in the file; otherwise it is a default.
    """

    field: str
    value: str
    is_written: bool


@dataclass(frozen=True, slots=True)
class GuardLimit:
    """How many changes of a kind a night may make."""

    kind: str
    limit: Limit
    is_written: bool


@dataclass(frozen=True, slots=True)
class LogIn:
    """What came of logging in to the registry as a library; ``detail`` is empty if it went well."""

    library: str
    detail: str


@router.get("/libraries")
def show_libraries(visit: Viewer) -> Response:
    """Tell what is configured, and what the checks say."""
    return _page(visit)


@router.post("/libraries/log-ins")
def try_log_ins(visit: Operator) -> Response:
    """Log in to the registry as each enabled library, without asking about anybody."""
    config, fields_of = visit.room.config(), visit.room.fields_of
    codes = [code for code, library in config.libraries.items() if library.enabled]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        verdicts = threads.map(lambda code: try_log_in(config, code, fields_of), codes)
        log_ins = [
            LogIn(code, "" if verdict == "ok" else verdict)
            for code, verdict in zip(codes, verdicts, strict=True)
        ]
    return _page(visit, log_ins)


@router.get("/libraries/{library}")
def show_library(visit: Viewer, library: str) -> Response:
    """Tell every setting of one library that is in force."""
    config = visit.room.config()
    if library not in config.libraries:
        raise not_found(mark("libraries.yaml has no such library."))
    block = config.libraries[library]
    written = block.model_dump(mode="json", exclude_unset=True)
    content = {**block.model_dump(mode="json"), "connection": config.connection_id(library)}
    content.pop("limits")
    return visit.render(
        "library.html",
        code=library,
        library=block,
        settings=list(_settings(content, written)),
        limits=list(_limits(config, library, block)),
    )


def _page(visit: Visit, log_ins: list[LogIn] | None = None) -> Response:
    checked = check_configuration(visit.room.config, visit.room.fields_of)
    return visit.render(
        "libraries.html",
        checked=checked,
        log_ins=log_ins,
        may_log_in=checked.config is not None and Role.OPERATOR in visit.visitor.roles,
        settings=list(_general(checked, is_admin=Role.ADMIN in visit.visitor.roles)),
        limits=list(_limits(checked.config)),
    )


def _general(checked: CheckedConfiguration, *, is_admin: bool) -> Iterator[Setting]:
    """Yield the settings that are for all libraries; names of people only to administrators."""
    if checked.config is None:
        return
    hidden = _ELSEWHERE - {"pages"} if is_admin else _ELSEWHERE
    content = {name: value for name, value in checked.config.content.items() if name not in hidden}
    content["guards"].pop("limits")
    written = checked.config.model_dump(mode="json", exclude_unset=True)
    yield from _settings(content, written)


def _settings(content: Any, written: Any, place: str = "") -> Iterator[Setting]:
    """Yield a setting for each value that is not itself made of named fields."""
    for name, value in content.items():
        field = f"{place}{name}"
        is_written = isinstance(written, Mapping) and name in written
        if isinstance(value, dict) and value:
            yield from _settings(value, written[name] if is_written else None, f"{field}.")
        else:
            shown = "••••" if name in _NEVER_SHOWN else _text(value)
            yield Setting(field, shown, is_written)


def _text(value: Any) -> str:
    match value:
        case None | [] | {}:
            return "–"
        case bool():
            return "true" if value else "false"
        case list():
            return "; ".join(_text(one) for one in value)
        case {"prefix": prefix, "first": first, "last": last}:
            return f"{prefix}{first} – {prefix}{last}"
        case dict():
            return ", ".join(f"{name}: {_text(one)}" for name, one in value.items())
    return str(value)


def _limits(
    config: LibrariesConfig | None, library: str | None = None, block: Library | None = None
) -> Iterator[GuardLimit]:
    """Yield the limit of every kind of change, of all libraries or of one."""
    if config is None:
        return
    written = config.guards.limits if block is None else block.limits
    for kind in GuardKind:
        limit = config.guards.limit(kind) if library is None else config.limit(library, kind)
        yield GuardLimit(kind.value, limit, kind in written)
