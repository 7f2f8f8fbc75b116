"""Which card numbers a library may give out."""

import re
from collections.abc import Mapping

_CARD_NUMBER = re.compile(r"N[0-9]{9}")


def is_card_number(text: str) -> bool:
    """Tell whether the text is `N` and nine digits."""
    return _CARD_NUMBER.fullmatch(text) is not None


class NumberSeries:
    """The reserved series of every library; bounds are card numbers, both inclusive."""

    def __init__(self, bounds: Mapping[str, tuple[str, str]]) -> None:
        self.bounds = {library: (first, last) for library, (first, last) in bounds.items()}

    def owns(self, library: str, lnr: str) -> bool:
        """Tell whether the number lies in this library's series."""
        first, last = self.bounds.get(library, ("~", ""))
        return is_card_number(lnr) and first <= lnr <= last

    def owner_of(self, lnr: str) -> str | None:
        """Return the library whose series the number lies in."""
        return next((library for library in self.bounds if self.owns(library, lnr)), None)
