"""Names as the registry writes them: ``Surname, First name`` (reference 1.3)."""

from __future__ import annotations

from typing import NamedTuple

_MOST = 100


class PersonName(NamedTuple):
    """Surname and first name; the first name may be empty."""

    surname: str
    first_name: str

    def __repr__(self) -> str:
        """Mask everything."""
        return "PersonName(***)"

    @property
    def in_order(self) -> str:
        """First name and surname, as people say them."""
        return f"{self.first_name} {self.surname}".strip()

    @property
    def masked(self) -> str:
        """The initials in order, for pages that are no business of who reads over a shoulder."""
        return masked_name(self.in_order)


UNKNOWN_NAME = PersonName("Ukjent", "")
"""Stands for a name that nobody has told; the registry needs one and corrects it itself."""


def masked_name(text: str) -> str:
    """
    Return the first letter of each word; how long the words are is not told either.

    >>> masked_name("Nora Lise Nyberg")
    'N··· L··· N···'
    """
    return " ".join(f"{word[0]}···" for word in text.split())


def parse_registry_name(text: str) -> PersonName | None:
    """
    Return the two parts of a name, or ``None`` of an empty one; a comma may be missing.

    >>> parse_registry_name("Nordmann, Kari Lise").first_name
    'Kari Lise'
    """
    surname, _, first_name = (part.strip() for part in text.partition(","))
    return _name(surname or first_name, first_name if surname else "")


def parse_spoken_name(text: str) -> PersonName | None:
    """
    Return the two parts of a name as people say it: the last word is the surname.

    >>> parse_spoken_name("Kari Lise Nordmann").surname
    'Nordmann'
    """
    *first, surname = text.split() or [""]
    return _name(surname, " ".join(first))


def _name(surname: str, first_name: str) -> PersonName | None:
    return PersonName(surname[:_MOST], first_name[:_MOST]) if surname else None
