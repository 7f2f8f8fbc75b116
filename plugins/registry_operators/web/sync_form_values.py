"""Values between a form and the document of a data sync: texts there, YAML's own kinds here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

import yaml
from fastapi import Request
from starlette.datastructures import FormData

from registry_operators.domain.sync.field_values import DataType
from registry_operators.settings.marked_yaml import load_marked

_FOREIGN = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "ß": "ss", "þ": "th", "ð": "d"})
_LONGEST_NAME = 60
_NO_TEXT = re.compile("[\0\ud800-\udfff]")  # neither the database nor a page takes them
_NUMBER = re.compile(r"-?\d{1,15}(?:[.,]\d{1,9})?")
_EVERY = re.compile(r"\s*(\d{1,4})\s+(day|week|month|year)s?\s*")
YES, NO = "true", "false"


async def posted(request: Request) -> FormData:
    """Return the form that was posted."""
    return await request.form()


def field(form: Mapping[str, Any], name: str) -> str:
    """Return one field as it was typed, with one kind of line ends and nothing unprintable."""
    value = form.get(name, "")
    text = value if isinstance(value, str) else ""
    return _NO_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def line(form: Mapping[str, Any], name: str) -> str:
    """Return one field without blanks around it, as one line."""
    return " ".join(field(form, name).split())


def lines(form: Mapping[str, Any], name: str) -> list[str]:
    """Return the lines of a field that are not empty."""
    return [one.strip() for one in field(form, name).split("\n") if one.strip()]


def name_from(typed: str) -> str:
    """
    Return the name of a data sync for what somebody has typed; empty if nothing of it can stay.

    >>> name_from("Nye studenter, høsten 2026"), name_from("2026"), name_from("–")
    ('nye_studenter_hosten_2026', 'sync_2026', '')
    """
    small = unicodedata.normalize("NFKD", typed.casefold().translate(_FOREIGN))
    words = re.findall(r"[a-z0-9]+", "".join(c for c in small if not unicodedata.combining(c)))
    name = "_".join(words)[:_LONGEST_NAME].rstrip("_")
    return f"sync_{name}" if name and not name[0].isalpha() else name


def as_written(text: str, data_type: DataType) -> Any:
    """
    Return what somebody typed as YAML has it; what does not fit its kind stays a text.

    >>> as_written("2026-03-01", DataType.DATE), as_written("7", DataType.TEXT)
    (datetime.date(2026, 3, 1), '7')
    >>> as_written("7,5", DataType.NUMBER), as_written("soon", DataType.DATE)
    (7.5, 'soon')
    """
    match data_type:
        case DataType.YES_NO if text in {YES, NO}:
            return text == YES
        case DataType.NUMBER if _NUMBER.fullmatch(text):
            number = text.replace(",", ".")
            return float(number) if "." in number else int(number)
        case DataType.DATE:
            return as_date(text)
    return text


def as_date(text: str) -> date | str:
    """Return a day that is written as ISO has it, or the text itself."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def as_text(value: Any) -> str:
    """Return a scalar of YAML as a form shows it."""
    match value:
        case None:
            return ""
        case bool():
            return YES if value else NO
        case dict() | list():
            return ""
    return str(value)


def is_plain(value: Any) -> bool:
    """Say whether a form can show a value of YAML: a scalar, or a list of scalars."""
    parts = value if isinstance(value, list) else [value]
    return not any(isinstance(part, dict | list) for part in parts)


def period_of(value: Any) -> tuple[str, str] | None:
    """Return number and unit, such as ``("6", "month")``, of a period as YAML has it."""
    found = _EVERY.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else (found[1], found[2])


def period(amount: str, unit: str) -> str:
    """
    Return a period as YAML has it.

    >>> period("1", "month"), period("6", "month")
    ('1 month', '6 months')
    """
    return f"{amount} {unit}" if amount == "1" else f"{amount} {unit}s"


def to_yaml(value: Any) -> str:
    """Return a value in one line of YAML."""
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=100_000
    )
    return text.removesuffix("...\n").strip()


def from_yaml(text: str) -> Any:
    """Return what :func:`to_yaml` has written; ``None`` for anything else."""
    try:
        return load_marked(text).content
    except (yaml.YAMLError, ValueError, RecursionError):
        return None
