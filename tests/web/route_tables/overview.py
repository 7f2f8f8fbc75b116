"""Who may use the routes of ``views/overview.py``."""

from __future__ import annotations

from tests.web.route_tables.row import ALL, Row

ROWS = [Row("GET", "/", ALL)]
