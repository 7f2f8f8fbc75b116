"""
The admin API: JSON under `/admin/`, without a login, for tests, benchmarks and the demo.

| call                       | body                                            | answer            |
| -------------------------- | ----------------------------------------------- | ----------------- |
| `GET /admin/health`        |                                                 | `status`          |
| `GET /admin/summary`       |                                                 | counts, clock     |
| `GET /admin/patrons`       | query `id`, or `after` (id) and `limit`         | `patrons`         |
| `PATCH /admin/patrons`     | `id`, `fields`, `raw`, `absent`, `updated_at`   | the patron        |
| `POST /admin/change`       | `count` or `share`, `seed`, `fields`            | `changed`, `ids`  |
| `POST /admin/insert`       | `count`                                         | `inserted`, `ids` |
| `POST /admin/delete`       | `ids`, or `count` or `share`, and `seed`        | `deleted`, `ids`  |
| `PUT /admin/clock`         | `offset_s`                                      | `offset_s`, `now` |
| `DELETE /admin/sessions`   |                                                 | `ended`           |
| `GET /admin/faults`        |                                                 | `dials`           |
| `PUT /admin/faults`        | `dials`, which replace all that were on         | `dials`           |
| `DELETE /admin/faults`     |                                                 | `dials`: none     |

`fields` of a PATCH are those of `patrons.Patron`; `raw` is by the protocol's own field names and
takes any JSON, senseless too, with null for a field that is null; `absent` names those that the
record lacks, as in a release that does not know them. `fields` of a change are of
`changing.CHANGEABLE`; an empty list moves only the time of the last update. `updated_at` is ISO
8601 in UTC. `ids` are of at most 10,000 patrons. Errors are `{"error": text}` with 400, 404 or
405.
"""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from stand_ins.asgi import Receive, Reply, Scope, json_reply, read_body
from stand_ins.ils import admin_patrons
from stand_ins.ils.calls import System
from stand_ins.ils.clock import stamp
from stand_ins.ils.errors import AdminError
from stand_ins.ils.faults import FaultDials

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class AdminApi:
    """Answers everything under `/admin/`."""

    def __init__(
        self, system: System, dials: FaultDials, calls: Counter[str], statuses: Counter[int]
    ) -> None:
        self._system = system
        self._calls = calls
        self._statuses = statuses
        self._routes: dict[tuple[str, str], Handler] = {
            ("GET", "health"): lambda _: {"status": "ok"},
            ("GET", "summary"): self._summary,
            ("GET", "patrons"): lambda query: admin_patrons.listing(system, query),
            ("PATCH", "patrons"): lambda body: admin_patrons.patch(system, body),
            ("POST", "change"): lambda body: admin_patrons.change(system, body),
            ("POST", "insert"): lambda body: admin_patrons.insert(system, body),
            ("POST", "delete"): lambda body: admin_patrons.delete(system, body),
            ("PUT", "clock"): self._set_clock,
            ("DELETE", "sessions"): lambda _: {"ended": system.end_sessions()},
            ("GET", "faults"): lambda _: dials.shown(),
            ("PUT", "faults"): dials.set,
            ("DELETE", "faults"): lambda _: dials.set({"dials": []}),
        }

    async def __call__(self, scope: Scope, receive: Receive) -> Reply:
        """Answer one call; a refusal is a reply too."""
        name = scope["path"].removeprefix("/admin/")
        handler = self._routes.get((scope["method"], name))
        if handler is None:
            status = 405 if any(name == known for _, known in self._routes) else 404
            return json_reply({"error": "no such admin call"}, status)
        try:
            return json_reply(handler(await _arguments(scope, receive)))
        except AdminError as error:
            return json_reply({"error": str(error)}, error.status)

    def _summary(self, _: dict[str, Any]) -> dict[str, Any]:
        people = self._system.population
        return {
            "system": self._system.name,
            "seed": people.seed,
            "patrons": people.size - people.deleted_count,
            "deleted": people.deleted_count,
            "calls": dict(self._calls),
            "statuses": {str(status): count for status, count in self._statuses.items()},
            "offset_s": people.clock.offset_s,
            "now": stamp(people.clock.now()),
        }

    def _set_clock(self, body: dict[str, Any]) -> dict[str, Any]:
        offset_s = body.get("offset_s")
        if not isinstance(offset_s, int) or abs(offset_s) > 10**9:
            msg = "offset_s must be a whole number of seconds"
            raise AdminError(msg)
        clock = self._system.population.clock
        clock.offset_s = offset_s
        return {"offset_s": offset_s, "now": stamp(clock.now())}


async def _arguments(scope: Scope, receive: Receive) -> dict[str, Any]:
    """Read the JSON body, or the query of a GET."""
    if scope["method"] == "GET":
        query = parse_qs(scope["query_string"].decode("latin-1"))
        return {name: values[-1] for name, values in query.items()}
    try:
        body = json.loads(await read_body(receive) or b"{}")
    except ValueError:
        msg = "body is not JSON"
        raise AdminError(msg) from None
    if not isinstance(body, dict):
        msg = "body must be a JSON object"
        raise AdminError(msg)
    return body
