"""A caller of a Koha stand-in, who logs in with Basic unless told otherwise."""

import json
from typing import Any

import requests

from stand_ins.koha.process import RunningKoha

CLIENT = {"client_id": "demo-client", "client_secret": "demo-secret"}
BASIC = ("demo-api", "demo-password")


class Caller:
    def __init__(self, koha: RunningKoha) -> None:
        self.koha = koha

    def get(self, path: str = "/patrons", *, headers=None, **query: Any) -> requests.Response:
        return requests.get(
            self.koha.api + path, params=query, headers=headers, auth=BASIC, timeout=30
        )

    def send(self, method: str, path: str, body: Any = None) -> requests.Response:
        return requests.request(method, self.koha.api + path, json=body, auth=BASIC, timeout=30)

    def rows(self, **query: Any) -> list[dict[str, Any]]:
        """All rows of a query, ordered by id."""
        usual: dict[str, Any] = {"_per_page": -1, "_order_by": "+me.patron_id"}
        answer = self.get(**usual | query)
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def where(self, query: Any, **more: Any) -> list[dict[str, Any]]:
        """All rows that fit a ``q``."""
        return self.rows(q=json.dumps(query), **more)

    def ids(self, **query: Any) -> list[int]:
        return [row["patron_id"] for row in self.rows(**query)]

    def token(self, **form: str) -> requests.Response:
        form = {"grant_type": "client_credentials", **form}
        return requests.post(f"{self.koha.api}/oauth/token", data=form, timeout=30)

    def bearer(self, token: str, path: str = "/patrons") -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(self.koha.api + path, headers=headers, timeout=30)
