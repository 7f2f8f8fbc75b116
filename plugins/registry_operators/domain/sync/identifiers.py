"""By which texts a person is found in what library systems say (spec X6, X10)."""

from __future__ import annotations

from collections.abc import Iterable

SHORTEST = 6
"""Shorter card numbers are not looked for: a year or a postal code may look the same."""
_BIRTH_DIGITS, _DIGITS = 6, 11


def identifier_forms(card_numbers: Iterable[str], national_ids: Iterable[str]) -> list[str]:
    """
    Return the forms in which library systems write card numbers and national ids.

    >>> identifier_forms(["N105000007", "4711"], [])
    ['N105000007', 'n105000007']
    >>> identifier_forms([], ["01019912345"])
    ['010199 12345', '010199-12345', '01019912345']
    """
    cards = {
        form
        for number in card_numbers
        if len(number) >= SHORTEST
        for form in (number, number.upper(), number.lower())
    }
    persons = {
        form
        for digits in national_ids
        for form in (
            (digits, *(f"{digits[:_BIRTH_DIGITS]}{by}{digits[_BIRTH_DIGITS:]}" for by in " -"))
            if len(digits) == _DIGITS
            else (digits,)
        )
    }
    return sorted(cards | persons)
