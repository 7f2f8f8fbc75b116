"""A Sierra's client that never waits, and a Sierra whose list is what a test says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from registry_operators.clients.ils_messages import IlsQuery
from registry_operators.clients.sierra_client import SierraClient
from registry_operators.clients.sierra_login import SierraAccount
from registry_operators.settings.catalogues import load_catalogue
from stand_ins.sierra.tokens import DEMO_KEY, DEMO_SECRET
from tests.unit.clients.ils_stub import Asked, saying
from tests.unit.clients.vendor_stub import QUICK, Answer

ALL = IlsQuery(frozenset({"names", "emails", "varFields", "homeLibraryCode"}))
NOBODY: Answer = (
    404, {"code": 107, "specificCode": 0, "httpStatus": 404, "name": "Record not found"}, {},
)  # fmt: skip
Entries = list[dict[str, Any]]


def a_sierra(api: str, **options: Any) -> SierraClient:
    account: dict[str, Any] = {"key": DEMO_KEY, "secret": DEMO_SECRET}
    account |= {name: options.pop(name) for name in ("key", "secret") if name in options}
    return SierraClient(
        SierraAccount(api, **account), load_catalogue("sierra"), **(QUICK | options)
    )


def told(
    entries: Callable[[Asked], Entries | Answer], asked: list[Asked] | None = None
) -> AbstractContextManager[str]:
    """A Sierra that gives a token, and whose list is what a function makes of a call."""

    def answer(call: Asked) -> Answer:
        if call.path.endswith("/token"):
            return 200, {"access_token": "t", "token_type": "bearer", "expires_in": 3600}, {}
        if asked is not None:
            asked.append(call)
        found = entries(call)
        return found if isinstance(found, tuple) else (200, {"start": 0, "entries": found}, {})

    return saying(answer)


def first_of(call: Asked) -> int:
    return int(call.query["id"].strip("[,]"))


def those_from(call: Asked, entries: Entries) -> Entries | Answer:
    """A page of those with such ids, or of nobody."""
    return [one for one in entries if int(one["id"]) >= first_of(call)] or NOBODY


def ids(records: Entries) -> list[Any]:
    return [record["id"] for record in records]
