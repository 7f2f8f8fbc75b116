"""The patron's PIN (spec N2.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_FOUR_DIGITS = re.compile(r"\d{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pin:
    """Four digits that never show in logs, errors or ``repr``."""

    digits: str

    def __post_init__(self) -> None:
        """Refuse anything but four digits, without repeating what was given."""
        if not is_four_digits(self.digits):
            raise ValueError("a PIN is four digits")

    def __repr__(self) -> str:
        """Mask everything."""
        return "Pin(****)"

    __str__ = __repr__


def is_simple(pin: Pin) -> bool:
    """
    Say whether a PIN is one of those that are tried first: ``1111``, ``1234``, ``4321``.

    >>> is_simple(Pin("3456")), is_simple(Pin("3465"))
    (True, False)
    """
    steps = {int(after) - int(before) for before, after in pairwise(pin.digits)}
    return steps in ({0}, {1}, {-1})


def is_four_digits(text: str) -> bool:
    """Say whether a text has the form of a PIN of the common card."""
    return _FOUR_DIGITS.fullmatch(text) is not None
