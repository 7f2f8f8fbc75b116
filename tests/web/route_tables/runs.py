"""Who may use the routes of ``views/runs.py`` and what it includes."""

from __future__ import annotations

from tests.web.route_tables.row import ALL, OPERATORS, Row

RUN = {"run_id": "5b0c2d5e-0000-4000-8000-0000000000aa"}  # nobody has begun it

ROWS = [
    Row("GET", "/runs", ALL),
    Row("GET", "/runs/by-airflow", ALL),
    Row("GET", "/runs/{run_id}", ALL, RUN),
    Row("GET", "/runs/{run_id}/undone", ALL, RUN),
    Row("GET", "/runs/{run_id}/libraries.csv", ALL, RUN),
    Row("GET", "/runs/{run_id}/records", ALL, RUN),
    Row("GET", "/runs/{run_id}/records.csv", ALL, RUN),
    Row("GET", "/runs/{run_id}/conflicts", ALL, RUN),
    Row("GET", "/runs/{run_id}/conflicts.csv", ALL, RUN),
    Row("GET", "/runs/{run_id}/undo", OPERATORS, RUN),
    Row("POST", "/runs/{run_id}/undo/preview", OPERATORS, RUN, {"card": "yes"}),
    Row("POST", "/runs/{run_id}/undo", OPERATORS, RUN, {"card": "yes"}),
]
