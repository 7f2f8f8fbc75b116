"""Cells of lists that people open in a spreadsheet."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def plain(value: object) -> str:
    """
    Return a cell that a spreadsheet takes for text.

    >>> plain("=1+1"), plain("N101"), plain(None), plain(-3)
    ("'=1+1", 'N101', '', '-3')
    """
    if value is None:
        return ""
    text = str(value)
    is_risky = isinstance(value, str) and text.lstrip().startswith(_FORMULA)
    return f"'{text}" if is_risky or text.startswith(("\t", "\r", "\n")) else text
