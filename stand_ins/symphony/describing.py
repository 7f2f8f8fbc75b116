"""`GET /user/patron/describe`: the fields and indexes of this site."""

from collections.abc import Sequence
from typing import Any

from stand_ins.symphony.records import LINKS, Records

_DATES = frozenset({"birthDate", "createdDate", "lastActivityDate", "privilegeExpiresDate"})
_NUMBERS = frozenset({"claimsReturnedCount", "circRecordCount", "preferredAddress"})
_RESOURCES = {"profile": "userProfile", "standing": "patronStanding", "access": "userAccess",
              "checkoutLocation": "location"}  # fmt: skip


def described(records: Records, indexes: Sequence[str]) -> dict[str, Any]:
    """Return name, type and uri of each field, and the names of the search indexes."""
    return {
        "resource": "/user/patron",
        "fields": [_field(name) for name in records.names],
        "searchIndexList": [{"name": name} for name in indexes],
    }


def described_address() -> dict[str, Any]:
    """Return the fields of a line of an address."""
    return {
        "resource": "/user/patron/address1",
        "fields": [
            {"name": "code", "type": "resource", "uri": "/policy/patronAddress1"},
            {"name": "data", "type": "string", "uri": None},
        ],
    }


def _field(name: str) -> dict[str, Any]:
    if name in LINKS:
        policy = _RESOURCES.get(name, name)
        if name.startswith("category"):
            policy = f"patronCategory{name.removeprefix('category')}"
        return {"name": name, "type": "resource", "uri": f"/policy/{policy}"}
    if name.startswith("address") or name.endswith("List"):
        return {"name": name, "type": "list", "uri": f"/user/patron/{name}"}
    kind = "date" if name in _DATES else "integer" if name in _NUMBERS else "string"
    return {"name": name, "type": kind, "uri": None}
