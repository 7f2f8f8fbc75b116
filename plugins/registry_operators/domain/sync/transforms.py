"""Simple transforms between a field of a library system and one of a profile (spec D3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from functools import partial

from registry_operators.domain.sync.field_values import Incorrect, IncorrectValueError, as_text


class Transform(StrEnum):
    """What a definition can name; ``date_format`` has a format beside it."""

    TRIM = "trim"
    LOWER = "lower"
    UPPER = "upper"
    TITLE = "title"
    SURNAME = "surname"
    FIRST_NAME = "first_name"
    SPLIT_COMMAS = "split_commas"
    DATE_FORMAT = "date_format"


Step = Callable[[list[object]], list[object]]
_TEXTS: dict[Transform, Callable[[str], str]] = {
    Transform.TRIM: lambda text: " ".join(text.split()),
    Transform.LOWER: str.lower,
    Transform.UPPER: str.upper,
    Transform.TITLE: lambda text: " ".join(
        word[:1].upper() + word[1:].lower() for word in text.split()
    ),
    Transform.SURNAME: lambda text: split_name(text)[0],
    Transform.FIRST_NAME: lambda text: split_name(text)[1],
}


def step_of(transform: Transform, detail: str = "") -> Step:
    """
    Return the function of a transform, from all values of a field to all values.

    :param detail: The format of ``date_format``, as ``strptime`` reads it.
    """
    match transform:
        case Transform.SPLIT_COMMAS:
            return _split
        case Transform.DATE_FORMAT:
            return partial(_dates, detail)
        case _:
            change = _TEXTS[transform]
            return lambda values: [text for value in values if (text := change(as_text(value)))]


def split_name(text: str) -> tuple[str, str]:
    """
    Return surname and first names of ``Surname, First names``, or of ``First names Surname``.

    >>> split_name("ACHTERBERG, Marisol M"), split_name("Marisol M Achterberg")
    (('ACHTERBERG', 'Marisol M'), ('Achterberg', 'Marisol M'))
    """
    if "," in text:
        surname, _, first = text.partition(",")
    else:
        first, _, surname = text.strip().rpartition(" ")
    return " ".join(surname.split()), " ".join(first.split())


def _split(values: list[object]) -> list[object]:
    return [
        part for value in values for text in as_text(value).split(",") if (part := text.strip())
    ]


def _dates(form: str, values: list[object]) -> list[object]:
    try:
        return [datetime.strptime(as_text(value), form).date() for value in values]  # noqa: DTZ007
    except ValueError as error:
        if isinstance(error, IncorrectValueError):
            raise
        raise IncorrectValueError(Incorrect.NOT_A_DATE) from None
