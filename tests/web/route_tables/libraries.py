"""Who may use the routes of ``views/libraries.py``."""

from __future__ import annotations

from tests.web.route_tables.row import ALL, OPERATORS, Row

ROWS = [
    Row("GET", "/libraries", ALL),
    Row("GET", "/libraries/{library}", ALL, {"library": "2030000"}),
    Row("POST", "/libraries/log-ins", OPERATORS),
]
