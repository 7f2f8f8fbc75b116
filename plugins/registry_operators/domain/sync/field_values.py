"""
Values of profile fields: what a library system sends becomes typed, or is incorrect (spec D0.2).

Every data type has one form in which it is stored: text without blanks around it and in Unicode's
composed form, dates as ``YYYY-MM-DD``, numbers and yes/no as such.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any


class DataType(StrEnum):
    """What a field can hold."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"


class Incorrect(StrEnum):
    """Why a value does not fit its field (D1.5); ``docs/data_syncs.md`` lists them."""

    NOT_TEXT = "NOT_TEXT"
    TOO_LONG = "TOO_LONG"
    NOT_AN_EMAIL = "NOT_AN_EMAIL"
    NOT_A_PHONE = "NOT_A_PHONE"
    NOT_A_DATE = "NOT_A_DATE"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    NOT_YES_OR_NO = "NOT_YES_OR_NO"
    NOT_A_CHOICE = "NOT_A_CHOICE"
    MISSING = "MISSING"


class IncorrectValueError(ValueError):
    """A value does not fit its field; it is never repeated in the message."""

    def __init__(self, reason: Incorrect) -> None:
        super().__init__(f"the value is incorrect: {reason}")
        self.reason = reason


Value = str | float | bool
MAX_LENGTH = 2000
_EMAIL = re.compile(r"[^@\s,;<>\"()]+@[^@\s,;<>\"().]+(\.[^@\s,;<>\"().]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{3,29}")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:Z|[T ].*)?")
_YES = frozenset({"true", "yes", "ja", "y", "j", "1", "on"})
_NO = frozenset({"false", "no", "nei", "n", "0", "off"})
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def to_value(data_type: DataType, raw: object, choices: Mapping[str, str] | None = None) -> Value:
    """
    Return a value in the form in which its field stores it.

    :param raw: A scalar of the record: text, number, yes/no.
    :param choices: Of a choice: folded text to the term as it is stored.
    :raises IncorrectValueError: It does not fit.

    >>> to_value(DataType.DATE, "2028-06-30Z")
    '2028-06-30'
    """
    return converter_of(data_type, choices)(raw)


def converter_of(
    data_type: DataType, choices: Mapping[str, str] | None = None
) -> Callable[[Any], Value]:
    """Return what :func:`to_value` does for a field, to be decided once for many values."""
    if data_type is DataType.CHOICE:
        terms = choices or {}
        return lambda raw: _choice(raw, terms)
    return _CONVERTERS[data_type]


def fold(text: str) -> str:
    """
    Return the form in which texts are compared: composed, small, single blanks.

    >>> fold("  Ada   LOVELACE ")
    'ada lovelace'
    """
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def as_text(raw: object) -> str:
    """
    Return a scalar as text, composed and without blanks around it.

    :raises IncorrectValueError: It is no scalar, or too long.
    """
    text = raw.strip() if isinstance(raw, str) else _scalar_text(raw)
    if not text.isascii() or not text.isprintable():
        text = _CONTROL.sub("", unicodedata.normalize("NFC", text)).strip()
    if len(text) > MAX_LENGTH:
        raise IncorrectValueError(Incorrect.TOO_LONG)
    return text


def _scalar_text(raw: object) -> str:
    match raw:
        case bool():
            return "true" if raw else "false"
        case int() | float() | Decimal():
            return str(raw)
        case _:
            raise IncorrectValueError(Incorrect.NOT_TEXT)


def _email(raw: object) -> str:
    text = as_text(raw)
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise IncorrectValueError(Incorrect.NOT_AN_EMAIL)
    return text


def _phone(raw: object) -> str:
    text = as_text(raw)
    if not _PHONE.fullmatch(text):
        raise IncorrectValueError(Incorrect.NOT_A_PHONE)
    return text


def _date(raw: object) -> str:
    match raw:
        case datetime():
            return raw.date().isoformat()
        case date():
            return raw.isoformat()
        case str() if found := _DATE.fullmatch(raw.strip()):
            try:
                return date.fromisoformat(found[1]).isoformat()
            except ValueError:
                pass
    raise IncorrectValueError(Incorrect.NOT_A_DATE)


def _number(raw: object) -> float | int:
    if isinstance(raw, bool):
        raise IncorrectValueError(Incorrect.NOT_A_NUMBER)
    if isinstance(raw, int):
        return raw
    try:
        number = (
            Decimal(str(raw).strip().replace(",", ".")) if isinstance(raw, (str, float)) else None
        )
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise IncorrectValueError(Incorrect.NOT_A_NUMBER)
    return int(number) if number == number.to_integral_value() else float(number)


def _yes_no(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    text = str(raw).strip().casefold() if isinstance(raw, (str, int)) else ""
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise IncorrectValueError(Incorrect.NOT_YES_OR_NO)


def _choice(raw: object, choices: Mapping[str, str]) -> str:
    term = choices.get(fold(as_text(raw)))
    if term is None:
        raise IncorrectValueError(Incorrect.NOT_A_CHOICE)
    return term


_CONVERTERS: dict[DataType, Callable[[Any], Value]] = {
    DataType.TEXT: as_text,
    DataType.EMAIL: _email,
    DataType.PHONE: _phone,
    DataType.DATE: _date,
    DataType.NUMBER: _number,
    DataType.YES_NO: _yes_no,
}
