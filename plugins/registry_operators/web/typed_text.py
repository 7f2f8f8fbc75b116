"""What people type into forms: no text holds what the database does not take and no page shows."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

# Control characters are nobody's name, and the database takes no NUL.
_LINE = r"^[^\x00-\x1f\x7f]*$"
_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

Short = Annotated[str, StringConstraints(max_length=40, pattern=_LINE)]
Name = Annotated[str, StringConstraints(max_length=100, pattern=_LINE)]
Address = Annotated[str, StringConstraints(max_length=200, pattern=_LINE)]
Note = Annotated[str, StringConstraints(max_length=400, pattern=_LINES)]
"""Why something is done: up to 200 characters, of which browsers send an end of a line as two."""
