"""Who may use the routes of ``views/syncs*.py``."""

from __future__ import annotations

from tests.web.route_tables.row import ADMINS, ALL, OPERATORS, Row

_SYNC = {"name": "readers"}
_RUN = {"run_id": "5b0c2d5e-0000-4000-8000-000000000001"}
_RUNS = "/syncs/-/runs/{run_id}"

ROWS = [
    Row("GET", "/syncs", ALL),
    Row("GET", "/syncs/{name}", ALL, _SYNC),
    Row("GET", _RUNS, ALL, _RUN),
    Row("GET", f"{_RUNS}/records", ALL, _RUN),
    Row("GET", f"{_RUNS}/problems", ALL, _RUN),
    Row("GET", f"{_RUNS}/records.csv", ALL, _RUN),
    Row("GET", f"{_RUNS}/errors.csv", ALL, _RUN),
    Row("GET", "/syncs/{name}/execute", OPERATORS, _SYNC),
    Row("POST", "/syncs/{name}/execute", OPERATORS, _SYNC),
    Row("GET", "/syncs/{name}/cancel", OPERATORS, _SYNC),
    Row("POST", "/syncs/{name}/cancel", OPERATORS, _SYNC),
    Row("POST", f"{_RUNS}/withdraw", OPERATORS, _RUN),
    *(
        Row(method, f"{_RUNS}/{deed}", OPERATORS, _RUN)
        for deed in ("approve", "reject", "undo", "resume")
        for method in ("GET", "POST")
    ),
    Row("GET", "/syncs/-/new", ADMINS),
    Row("POST", "/syncs/-/new", ADMINS, form={"name": "readers", "ils": "koha"}),
    *(
        Row(method, f"/syncs/{{name}}/{step}", ADMINS, _SYNC)
        for step in ("basics", "filter", "mapping", "text", "schedule", "delete")
        for method in ("GET", "POST")
    ),
    Row("POST", "/syncs/{name}/filter/count", ADMINS, _SYNC),
    Row("GET", "/syncs/{name}/review", ADMINS, _SYNC),
    Row("GET", "/syncs/{name}/preview", ADMINS, _SYNC),
    Row("POST", "/syncs/{name}/publish-and-execute", ADMINS, _SYNC),
    Row("POST", "/syncs/{name}/copy", ADMINS, _SYNC),
]
