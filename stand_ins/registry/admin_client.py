"""A client of the admin API, for tests, benchmarks and the demo."""

import json
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


class AdminCallError(Exception):
    """The stand-in refused an admin call; the message has its status and reason."""


class AdminClient:
    """
    One method for each admin call, over one connection that is opened when it is needed.

    "who" is `lnr=`, `national_id=` or `id=`. Raises `AdminCallError` for a refusal.
    """

    def __init__(self, url: str, token: str | None = None, timeout_s: float = 600) -> None:
        self._address = urlsplit(url)
        self._headers = {"X-Admin-Token": token} if token else {}
        self._timeout_s = timeout_s

    def call(self, method: str, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Make any admin call, `name` being the path after `/admin/`."""
        connection = HTTPConnection(
            self._address.hostname or "", self._address.port, timeout=self._timeout_s
        )
        try:
            data = None if body is None else json.dumps(body).encode()
            connection.request(method, f"/admin/{name}", data, self._headers)
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            msg = f"{response.status} {answer.get('error')}"
            raise AdminCallError(msg)
        return answer

    def health(self) -> dict[str, Any]:
        """Return `{"status": "ok"}`."""
        return self.call("GET", "health")

    def summary(self) -> dict[str, Any]:
        """Return people, tombstones, relations by library, tally of calls and writes, clock."""
        return self.call("GET", "summary")

    def find(self, **who: Any) -> list[dict[str, Any]]:
        """Return everybody it fits: `id`, `is_tombstone`, `fields`, `pin`, `relations`."""
        return list(self.call("POST", "find", who)["persons"])

    def listing(self, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        """Return people ordered by id, tombstones included."""
        return list(self.call("GET", f"persons?after={after:d}&limit={limit:d}")["persons"])

    def put(self, fields: dict[str, str | None], **more: Any) -> dict[str, Any]:
        """Create or replace a person; `more` is `pin`, `relations`, `sist_endret`."""
        return self.call("POST", "persons", {"fields": fields, **more})

    def patch(self, fields: dict[str, str | None], **who_and_more: Any) -> dict[str, Any]:
        """Change some fields of one person."""
        return self.call("PATCH", "persons", {"fields": fields, **who_and_more})

    def delete(self, **who: Any) -> dict[str, Any]:
        """Turn one person into a tombstone."""
        return self.call("DELETE", "persons", who)

    def relate(
        self, *, add: Sequence[str] = (), remove: Sequence[str] = (), **who: Any
    ) -> list[str]:
        """Add and remove relations of one person, and return those that result."""
        body = {"add": list(add), "remove": list(remove), **who}
        return list(self.call("POST", "relations", body)["relations"])

    def touch(self, **how: Any) -> int:
        """Mark records as changed: `count` or `fraction`, `fields`, `seed`, `by`."""
        return int(self.call("POST", "touch", how)["touched"])

    def set_password(self, library: str, password: str) -> None:
        """Change the password that a library must send."""
        self.call("PUT", "credentials", {"library": library, "password": password})

    def set_clock(self, offset_s: int) -> None:
        """Move the clock by so many seconds from the real time."""
        self.call("PUT", "clock", {"offset_s": offset_s})

    def set_faults(self, *dials: dict[str, Any]) -> None:
        """Switch these fault dials on, and all others off."""
        self.call("PUT", "faults", {"dials": list(dials)})

    def faults(self) -> list[dict[str, Any]]:
        """Return the dials that are on, each with `met` and `fired`."""
        return list(self.call("GET", "faults")["dials"])

    def clear_faults(self) -> None:
        """Switch all fault dials off; what they did to the registry itself stays."""
        self.call("DELETE", "faults")
