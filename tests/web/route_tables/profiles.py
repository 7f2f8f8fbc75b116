"""Who may use the routes of ``views/profiles.py``."""

from __future__ import annotations

from tests.web.route_tables.row import ADMINS, ALL, Row

_PROFILE = {"profile_id": "1"}

ROWS = [
    Row("GET", "/profiles", ALL),
    Row("GET", "/profiles/{profile_id}", ALL, _PROFILE),
    Row("POST", "/profiles/{profile_id}/unmask", ADMINS, _PROFILE),
]
