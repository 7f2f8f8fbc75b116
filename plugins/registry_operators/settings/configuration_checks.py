"""Each check of the configuration with its verdict, for those who look rather than run (N2.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from registry_operators.errors import ConfigurationError
from registry_operators.settings.connections import (
    KEYS_CONNECTION,
    ConnectionFields,
    pin_key,
    sync_keys,
)
from registry_operators.settings.libraries import (
    LibrariesConfig,
    connection_problems,
    number_problems,
    warnings_about,
)

FieldsOf = Callable[[str], ConnectionFields | None]


class Check(StrEnum):
    """What is checked, in this order."""

    FILE = "file"
    """The file can be read, and each field is right by itself."""
    NUMBERS = "numbers"
    """Library numbers exist; no two libraries have the same card numbers."""
    CONNECTIONS = "connections"
    """Every enabled library has its Airflow Connection."""
    KEYS = "keys"
    """The connection of the keys is there, and each key has the right form."""
    SERIES = "series"
    """The registry has reserved the numbers that a library gives; a warning if not."""


class Verdict(StrEnum):
    """What came of a check."""

    CORRECT = "correct"
    WARNING = "warning"
    WRONG = "wrong"
    NOT_CHECKED = "not_checked"
    """The file must be put right first."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One check with one line for each thing that it found."""

    check: Check
    verdict: Verdict
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedConfiguration:
    """
    The configuration as far as it can be read, and the checks.

    :param config: ``None`` if the file is wrong.
    """

    config: LibrariesConfig | None
    checks: tuple[Checked, ...]


def check_configuration(
    read: Callable[[], LibrariesConfig], fields_of: FieldsOf
) -> CheckedConfiguration:
    """
    Check what ``patron-sync config check`` checks, without stopping at the first finding.

    :param read: Gives the configuration, or says what is wrong with its file.
    :param fields_of: Gives the fields of an Airflow Connection by its id, or ``None``.
    """
    keys = _checked(Check.KEYS, _key_problems(fields_of))
    try:
        config = read()
    except ConfigurationError as error:
        first, *lines = str(error).splitlines()
        told = tuple(line.strip() for line in lines) or (first,)
        unread = (Check.NUMBERS, Check.CONNECTIONS)
        return CheckedConfiguration(
            None,
            (
                Checked(Check.FILE, Verdict.WRONG, told),
                *(Checked(check, Verdict.NOT_CHECKED) for check in unread),
                keys,
                Checked(Check.SERIES, Verdict.NOT_CHECKED),
            ),
        )
    missing = connection_problems(config, lambda conn_id: fields_of(conn_id) is not None)
    checks = (
        Checked(Check.FILE, Verdict.CORRECT),
        _checked(Check.NUMBERS, number_problems(config)),
        _checked(Check.CONNECTIONS, missing),
        keys,
        _checked(Check.SERIES, iter(warnings_about(config)), Verdict.WARNING),
    )
    return CheckedConfiguration(config, checks)


def _checked(check: Check, lines: Iterator[str], otherwise: Verdict = Verdict.WRONG) -> Checked:
    told = tuple(lines)
    return Checked(check, otherwise if told else Verdict.CORRECT, told)


def _key_problems(fields_of: FieldsOf) -> Iterator[str]:
    try:
        fields = fields_of(KEYS_CONNECTION)
        sync_keys(fields)
        if fields is not None:
            pin_key(fields)
    except ConfigurationError as error:
        yield str(error)
