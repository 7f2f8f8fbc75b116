"""A caller of an Alma stand-in, who sends the key in the header and wants JSON."""

from typing import Any

import requests

from stand_ins.alma.process import RunningAlma

KEY = "demo-alma-key"


class Caller:
    def __init__(self, alma: RunningAlma) -> None:
        self.alma = alma

    def get(self, path: str = "/users", *, headers=None, **query: Any) -> requests.Response:
        usual = {"Authorization": f"apikey {KEY}", "Accept": "application/json"}
        return requests.get(
            self.alma.api + path, params=query, headers=usual | (headers or {}), timeout=30
        )

    def page(self, **query: Any) -> list[dict[str, Any]]:
        """The users of one page."""
        answer = self.get(**query)
        assert answer.status_code == 200, answer.text
        return list(answer.json().get("user") or [])

    def everybody(self, **query: Any) -> list[dict[str, Any]]:
        """All users, page by page."""
        found: list[dict[str, Any]] = []
        while page := self.page(limit=100, offset=len(found), **query):
            found += page
        return found

    def ids(self, **query: Any) -> list[str]:
        return [user["primary_id"] for user in self.everybody(**query)]

    def error(self, path: str = "/users", **query: Any) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = self.get(path, **query)
        [error] = answer.json()["errorList"]["error"]
        return answer.status_code, error["errorCode"]
