"""What people type into forms: no text holds what the database does not take and no page shows."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints

# Control characters are nobody's name, and the database takes no NUL.
_LINE = r"^[^\x00-\x1f\x7f]*$"
_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


def _lines(text: Any) -> Any:
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


Short = Annotated[str, StringConstraints(max_length=40, pattern=_LINE)]
Name = Annotated[str, StringConstraints(max_length=100, pattern=_LINE)]
Address = Annotated[str, StringConstraints(max_length=200, pattern=_LINE)]
Note = Annotated[
    str,
    BeforeValidator(_lines),  # browsers send the end of a line as two characters, and count one
    StringConstraints(max_length=200, pattern=_LINES),
]
"""Why something is done."""
