"""The form in which text is compared: without regard to case and accents."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """
    Write text in the form in which it is compared.

    >>> fold("Åse") == fold("ASE")
    True
    """
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in parts if not unicodedata.combining(one))
