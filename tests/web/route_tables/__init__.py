"""All routes of the pages: one table for each group, to which its author adds a row a route."""

from __future__ import annotations

from tests.web.route_tables import (
    desk,
    held,
    libraries,
    overview,
    profiles,
    runs,
    syncs,
    why,
)

TABLES = (overview, runs, held, why, desk, syncs, profiles, libraries)
ROWS = [row for table in TABLES for row in table.ROWS]
