"""
Make ``docs/settings.md`` from the models that check the configuration files.

Names, types, bounds and defaults are the models' own; the meaning of a field is its ``:param`` in
the docstring of the model, and a field without one is an error.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from docs.generators.value_words import default_words, is_model, parts_of, value_words
from registry_operators.domain.guards import GuardKind
from registry_operators.settings.data_sync import SyncDocument
from registry_operators.settings.guards import Guards
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.settings.profile_fields import ProfileFieldsFile

_FILES: tuple[tuple[str, type[BaseModel], str], ...] = (
    (
        "libraries.yaml",
        LibrariesConfig,
        "`include/config/libraries.yaml`, or the file that `PATRON_SYNC_LIBRARIES` names. What it "
        "looks like, connections and environment variables: [configuration](configuration.md).",
    ),
    (
        "profile_fields.yaml",
        ProfileFieldsFile,
        "`include/config/profile_fields.yaml`, or the file that `PATRON_SYNC_PROFILE_FIELDS` "
        "names: which fields a person profile has.",
    ),
    (
        "A data sync",
        SyncDocument,
        "The YAML document of one data sync. What it looks like: [data syncs](data_syncs.md).",
    ),
)
_HEAD = """\
# All settings

Written by `make docs-pages` from the models that check the files; do not edit this page. An unknown
field is an error. *Needed* means that there is no default, `{text: block}` any number of blocks,
each under a name of your choice. Text that consists of digits stands in quotes.
"""


class UndocumentedError(Exception):
    """A field of a model has no ``:param`` in its docstring; add it there."""


def page() -> str:
    """
    Return the page.

    :raises UndocumentedError: A field's meaning stands nowhere.
    """
    return _HEAD + "".join(
        f"\n## {title}\n\n{_wrapped(intro)}\n" + "".join(_blocks(model))
        for title, model, intro in _FILES
    )


def _blocks(
    model: type[BaseModel], path: str = "", places: dict[type, str] | None = None
) -> Iterator[str]:
    """
    Yield the table of a model, then those of the models in its fields.

    :param places: Heading under which each model is told, by the first field that has it.
    """
    places = {model: path} if places is None else places
    if path:
        yield f"\n### {path}\n\n{_wrapped(_summary(model))}\n"
    yield "\n| Field | Value | Default | Meaning |\n| --- | --- | --- | --- |\n"
    meanings = _meanings(model)
    inner: list[type[BaseModel]] = []
    for name, field in model.model_fields.items():
        if name not in meanings:
            raise UndocumentedError(f"{model.__name__}.{name}: add a :param to its docstring")
        shown, value = field.alias or name, value_words(field)
        for one in _models(field.annotation):
            if one not in places:
                places[one] = _below(path, shown, field)
                inner.append(one)
            value = re.sub(r"\bblock\b", f"[block](#{_anchor(places[one])})", value)
        yield f"| `{shown}` | {value} | {default_words(field)} | {meanings[name]} |\n"
    if model is Guards:
        yield _usual_limits()
    for one in inner:
        yield from _blocks(one, places[one], places)


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w-]", "", heading).lower()


def _usual_limits() -> str:
    """Return the limits that are in force where the file does not say otherwise."""
    rows = ""
    for kind in GuardKind:
        limit = Guards().limit(kind)
        most = "–" if limit.at_most is None else limit.at_most
        rows += f"| `{kind}` | {limit.percent:g} | {limit.at_least} | {most} |\n"
    return (
        "\nWithout a limit of its own a kind of change has this one:\n\n"
        f"| Kind | `percent` | `at_least` | `at_most` |\n| --- | --- | --- | --- |\n{rows}"
    )


def _below(path: str, name: str, field: FieldInfo) -> str:
    """Return the heading of what stands in a field: with ``*`` where a key is chosen."""
    place = f"{path}.{name}" if path else name
    kinds = {get_origin(part) for part in parts_of(field.annotation)}
    return f"{place}.*" if dict in kinds else f"{place}[…]" if list in kinds else place


def _meanings(model: type[BaseModel]) -> dict[str, str]:
    """Return the meaning of each field, those of the models that it extends included."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        text = inspect.cleandoc(base.__doc__ or "") if issubclass(base, BaseModel) else ""
        entries = re.findall(r"^:param (\w+): (.+(?:\n +.+)*)", text, flags=re.MULTILINE)
        found |= {name: _plain(meaning) for name, meaning in entries}
    return found


def _summary(model: type[BaseModel]) -> str:
    """Return a docstring without its parameters and the numbers of requirements."""
    text = inspect.cleandoc(model.__doc__ or "").split("\n:param")[0].strip()
    return _plain(text).replace("\n\n", " ")


def _plain(text: str) -> str:
    joined = re.sub(r"\s*\n\s*", " ", text.strip())
    without_ids = re.sub(r" \((?:[NDX]\d[\d., NDXa-c]*)\)", "", joined)
    return without_ids.replace("``", "`").replace("|", r"\|")


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    for one in parts_of(kind):
        if is_model(one):
            yield one


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)
