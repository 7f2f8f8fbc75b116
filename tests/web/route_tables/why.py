"""Who may use the routes of ``views/why.py``."""

from __future__ import annotations

from tests.web.route_tables.row import OPERATORS, Row

ROWS = [
    Row("GET", "/why", OPERATORS),
    Row("POST", "/why", OPERATORS, form={"patron_id": "1"}),
]
