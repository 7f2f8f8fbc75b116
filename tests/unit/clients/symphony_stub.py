"""A Symphony's client that never waits, and a site whose search is what a test says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from registry_operators.clients.ils_messages import IlsQuery
from registry_operators.clients.symphony_client import SymphonyClient
from registry_operators.clients.symphony_login import Strategy, SymphonyAccount
from registry_operators.settings.catalogues import load_catalogue
from stand_ins.symphony.sessions import DEMO_CLIENT, DEMO_LOGIN, DEMO_PASSWORD
from tests.unit.clients.ils_stub import Asked, saying
from tests.unit.clients.vendor_stub import QUICK, Answer

ALL = IlsQuery(frozenset({"lastName", "library", "address1"}))
NOTHING = IlsQuery(frozenset())
SEARCH: dict[str, Any] = {"strategy": "search", "rows": 20}
SWEEP: dict[str, Any] = {"strategy": "keys", "lowest_key": 1001, "largest_gap": 150}
_ACCOUNT = ("login", "password", "client_id", "lowest_key", "highest_key", "largest_gap")
_FIELDS = [
    {"name": "barcode", "type": "string"}, {"name": "pin", "type": "string"},
    {"name": "wifiPassword", "type": "string"}, {"name": "statCode", "type": "resource"},
]  # fmt: skip


def a_symphony(api: str, **options: Any) -> SymphonyClient:
    account: dict[str, Any] = {
        "login": DEMO_LOGIN, "password": DEMO_PASSWORD, "client_id": DEMO_CLIENT,
        "strategy": Strategy(options.pop("strategy", "keys")),
    }  # fmt: skip
    account |= {name: options.pop(name) for name in _ACCOUNT if name in options}
    return SymphonyClient(
        SymphonyAccount(api, **account), load_catalogue("symphony"), **(QUICK | options)
    )


def told(
    rows: Callable[[Asked], Answer],
    asked: list[Asked] | None = None,
    libraries: tuple[str, ...] = ("MAIN",),
) -> AbstractContextManager[str]:
    """A site with some policies, whose patrons are what a function makes of a call."""

    def answer(call: Asked) -> Answer:
        if asked is not None:
            asked.append(call)
        if call.path.endswith("/login"):
            return 200, {"sessionToken": "0f8fad5b-d9cb-469f-a165-70867728950e"}, {}
        if call.path.endswith("/describe"):
            indexes = [{"name": name} for name in ("LIBRARY", "PROFILE")]
            return 200, {"fields": _FIELDS, "searchIndexList": indexes}, {}
        if call.path.endswith("/simpleQuery"):
            return 200, [{"resource": "/policy/x", "key": key} for key in libraries], {}
        return rows(call)

    return saying(answer)


def row(key: int, **fields: Any) -> dict[str, Any]:
    return {"resource": "/user/patron", "key": str(key), "fields": fields}


def page_of(everybody: list[Any]) -> Callable[[Asked], Answer]:
    """Answer a search as it should be."""

    def rows(call: Asked) -> Answer:
        first, count = int(call.query["rw"]), int(call.query["ct"])
        found = everybody[first - 1 : first - 1 + count]
        return 200, {"totalResults": len(everybody), "rowsPerPage": count, "result": found}, {}

    return rows


def keys(records: list[dict[str, Any]]) -> list[int]:
    return sorted(int(record["key"]) for record in records)
