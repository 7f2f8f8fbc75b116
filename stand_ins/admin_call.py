"""One call of a stand-in's admin API, which answers in JSON."""

import json
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit


class AdminCallError(Exception):
    """The stand-in refused an admin call; the message has its status and reason."""


class AdminCaller:
    """
    Makes admin calls, each over a connection of its own.

    Raises `AdminCallError` for a refusal.
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
        """Return the counts of people, the tally of calls, and the clock."""
        return self.call("GET", "summary")

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
        """Switch all fault dials off; what they did to the people stays."""
        self.call("DELETE", "faults")
