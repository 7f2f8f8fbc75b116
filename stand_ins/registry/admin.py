"""
The admin API: JSON under `/admin/`, for tests, benchmarks and the demo.

| call                       | body                                            | answer          |
| -------------------------- | ----------------------------------------------- | --------------- |
| `GET /admin/health`        |                                                 | `status`        |
| `GET /admin/summary`       |                                                 | counts, `tally` |
| `POST /admin/find`         | who                                             | `persons`       |
| `GET /admin/persons`       | query `after` (id), `limit`                     | `persons`       |
| `POST /admin/persons`      | `fields`, `pin`, `relations`, `sist_endret`     | `id`, `created` |
| `PATCH /admin/persons`     | who, and any of the above                       | the person      |
| `DELETE /admin/persons`    | who                                             | `id`            |
| `POST /admin/relations`    | who, `add`, `remove`, `sist_endret`             | `relations`     |
| `GET`, `PUT /admin/series` | library to [first, last]                        | the same        |
| `PUT /admin/credentials`   | `library`, `password`                           | `library`       |
| `POST /admin/touch`        | `count` or `fraction`, `fields`, `seed`, `by`   | `touched`       |
| `PUT /admin/clock`         | `offset_s`                                      | `offset_s`, `now` |
| `GET /admin/faults`        |                                                 | `dials`         |
| `PUT /admin/faults`        | `dials`, which replace all that were on         | `dials`         |
| `DELETE /admin/faults`     |                                                 | `dials`: none   |

"who" is one of `lnr`, `national_id` or `id`, in the body and never in the URL. `fields` takes any
field of a `Laaner` as it stands, senseless ones too, with null for an element that is left out;
`pin` is four digits and is encrypted here. `faults` tells the keys of a dial. Errors are
`{"error": text}` with 400, 401, 404, 405 or 409.
"""

import hmac
import json
import sqlite3
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from stand_ins.asgi import Receive, Reply, Scope, header, json_reply, read_body
from stand_ins.registry import admin_people
from stand_ins.registry.admin_people import AdminError
from stand_ins.registry.auth import Doorkeeper
from stand_ins.registry.books import Books
from stand_ins.registry.faults import FaultDials
from stand_ins.registry.series import is_card_number
from stand_ins.registry.touch import touch

Handler = Callable[[dict[str, Any]], dict[str, Any]]
MAX_LISTED = 10_000


class AdminApi:
    """Answers everything under `/admin/`; with a token, only callers who send it."""

    def __init__(
        self, books: Books, doorkeeper: Doorkeeper, dials: FaultDials, token: str | None
    ) -> None:
        self._books = books
        self._doorkeeper = doorkeeper
        self._token = token
        self._routes: dict[tuple[str, str], Handler] = {
            ("GET", "health"): lambda _: {"status": "ok"},
            ("GET", "summary"): self._summary,
            ("POST", "find"): lambda body: admin_people.find(books, body),
            ("GET", "persons"): self._listing,
            ("POST", "persons"): lambda body: admin_people.put(books, body),
            ("PATCH", "persons"): lambda body: admin_people.patch(books, body),
            ("DELETE", "persons"): lambda body: admin_people.bury(books, body),
            ("POST", "relations"): lambda body: admin_people.relate(books, body),
            ("GET", "series"): lambda _: dict(books.series.bounds),
            ("PUT", "series"): self._set_series,
            ("PUT", "credentials"): self._set_credentials,
            ("POST", "touch"): lambda body: {"touched": touch(books, body)},
            ("PUT", "clock"): self._set_clock,
            ("GET", "faults"): lambda _: dials.shown(),
            ("PUT", "faults"): dials.set,
            ("DELETE", "faults"): lambda _: dials.set({"dials": []}),
        }

    async def __call__(self, scope: Scope, receive: Receive) -> Reply:
        """Answer one call; a refusal is a reply too."""
        sent = header(scope, b"x-admin-token") or b""
        if self._token is not None and not hmac.compare_digest(sent, self._token.encode()):
            return json_reply({"error": "X-Admin-Token is missing or wrong"}, 401)
        name = scope["path"].removeprefix("/admin/")
        handler = self._routes.get((scope["method"], name))
        if handler is None:
            status = 405 if any(name == known for _, known in self._routes) else 404
            return json_reply({"error": "no such admin call"}, status)
        try:
            return json_reply(handler(await _arguments(scope, receive)))
        except AdminError as error:
            return json_reply({"error": str(error)}, error.status)
        except sqlite3.IntegrityError:
            return json_reply({"error": "the card number belongs to another person"}, 409)

    def _summary(self, _: dict[str, Any]) -> dict[str, Any]:
        books = self._books
        return {
            **books.store.counts(),
            "tally": books.tally.as_dict(),
            "now": books.clock.now(),
            "offset_s": books.clock.offset_s,
        }

    def _listing(self, query: dict[str, Any]) -> dict[str, Any]:
        try:
            after, limit = int(query.get("after", 0)), int(query.get("limit", 100))
        except ValueError:
            msg = "after and limit must be numbers"
            raise AdminError(msg) from None
        people = self._books.store.after(after, max(0, min(limit, MAX_LISTED)))
        return {"persons": [admin_people.shown(self._books, person) for person in people]}

    def _set_series(self, body: dict[str, Any]) -> dict[str, Any]:
        for bounds in body.values():
            if not (isinstance(bounds, list) and len(bounds) == 2):
                msg = "series must be given as library to [first, last]"
                raise AdminError(msg)
            if not all(isinstance(bound, str) and is_card_number(bound) for bound in bounds):
                msg = "a bound of a series must be N and nine digits"
                raise AdminError(msg)
        self._books.series.bounds = {name: (low, high) for name, (low, high) in body.items()}
        self._keep("series", body)
        return body

    def _set_credentials(self, body: dict[str, Any]) -> dict[str, Any]:
        library, password = body.get("library"), body.get("password")
        if not (isinstance(library, str) and isinstance(password, str)):
            msg = "library and password must be given as text"
            raise AdminError(msg)
        self._doorkeeper.change_password(library, password)
        self._keep(
            "passwords", (self._books.store.setting("passwords") or {}) | {library: password}
        )
        return {"library": library}

    def _set_clock(self, body: dict[str, Any]) -> dict[str, Any]:
        offset_s = body.get("offset_s")
        if not isinstance(offset_s, int) or abs(offset_s) > 10**9:
            msg = "offset_s must be a whole number of seconds"
            raise AdminError(msg)
        self._books.clock.offset_s = offset_s
        self._keep("offset_s", offset_s)
        return {"offset_s": offset_s, "now": self._books.clock.now()}

    def _keep(self, name: str, value: Any) -> None:
        with self._books.store.writing():
            self._books.store.set_setting(name, value)


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
