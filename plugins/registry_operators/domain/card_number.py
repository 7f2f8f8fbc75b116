"""Library card numbers: national or local, and the series they come from (spec N2.6, N3.5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NATIONAL = re.compile(r"N\d{9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NumberSeries:
    """
    A closed range of card numbers with one prefix and one number of digits.

    :param prefix: The letters before the digits, ``N`` for national cards.
    :param first: The digits of the first number, leading zeros kept.
    :param last: The digits of the last number, as many digits as ``first``.
    """

    prefix: str
    first: str
    last: str

    def __contains__(self, card_number: str) -> bool:
        """Say whether a number has this prefix and width and lies in the range."""
        digits = card_number.removeprefix(self.prefix)
        return (
            card_number.startswith(self.prefix)
            and len(digits) == len(self.first)
            and digits.isascii()
            and digits.isdigit()
            and self.first <= digits <= self.last
        )

    def covers(self, other: NumberSeries) -> bool:
        """Say whether every number of the other series is one of this series."""
        return (
            self._shape() == other._shape()
            and self.first <= other.first
            and other.last <= self.last
        )

    def overlaps(self, other: NumberSeries) -> bool:
        """Say whether at least one number is in both series."""
        return (
            self._shape() == other._shape()
            and self.first <= other.last
            and other.first <= self.last
        )

    def number(self, value: int) -> str:
        """
        Write a value of the series as a card number.

        >>> NumberSeries("N", "000000001", "000000009").number(7)
        'N000000007'
        """
        return f"{self.prefix}{value:0{len(self.first)}d}"

    def __str__(self) -> str:
        """Show the range as people write it."""
        return f"{self.prefix}{self.first} to {self.prefix}{self.last}"

    def _shape(self) -> tuple[str, int]:
        return self.prefix, len(self.first)


def has_national_form(card_number: str) -> bool:
    """Say whether a number is written like a national card: ``N`` and nine digits."""
    return _NATIONAL.fullmatch(card_number) is not None


def may_be_shared(card_number: str, reserved: Iterable[NumberSeries]) -> bool:
    """
    Say whether a card number may be sent to the registry.

    Only a number of national form inside a series that the registry has reserved; every other
    number is local and stays here (N2.6, N3.5).
    """
    return has_national_form(card_number) and any(card_number in series for series in reserved)
