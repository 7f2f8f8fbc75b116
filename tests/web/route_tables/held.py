"""Who may use the routes of ``views/held.py``."""

from __future__ import annotations

from tests.web.route_tables.row import ALL, OPERATORS, Row

SET = {"set_id": "5b0c2d5e-0000-4000-8000-0000000000aa"}  # there is none of this id
FORM = {"decision": "approve", "digest": "0" * 64, "reason": "as announced"}

ROWS = [
    Row("GET", "/held", ALL),
    Row("GET", "/held/{set_id}", ALL, SET),
    Row("GET", "/held/{set_id}/changes.csv", ALL, SET),
    Row("POST", "/held/{set_id}/decide", OPERATORS, SET, FORM),
    Row("POST", "/held/{set_id}/carry-out", OPERATORS, SET),
]
