"""Turning a dataclass of settings into options of a command line, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from _typeshed import DataclassInstance


def add_flags(parser: ArgumentParser, defaults: DataclassInstance) -> None:
    """Declare `--field-name` for each field; a flag for each that is true or false."""
    for field in fields(defaults):
        flag = f"--{field.name.removeprefix('is_').replace('_', '-')}"
        value = getattr(defaults, field.name)
        if isinstance(value, bool):
            parser.add_argument(flag, dest=field.name, action="store_true", help="off if not given")
        else:
            parser.add_argument(flag, dest=field.name, type=type(value), default=value, help=" ")


def given_settings(given: Mapping[str, Any], defaults: DataclassInstance) -> dict[str, Any]:
    """Return the values of the fields among all options that were given."""
    return {field.name: given[field.name] for field in fields(defaults)}
