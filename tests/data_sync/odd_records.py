"""What each system says of a field without a value or with a wrong one, in its own protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.library_systems import Person

KINDS = ("null", "empty", "blank", "absent", "incorrect")
EMPTY = ("null", "empty", "blank")
_VALUES = {"null": None, "empty": "", "blank": "  "}
Patch = dict[str, Any]


def without_expiry(ils: str, kind: str) -> Patch:
    """Let a record say this of its day of expiry, which is a plain field everywhere."""
    name = {"sierra": "expirationDate", "symphony": "privilegeExpiresDate"}.get(ils, "expiry_date")
    if kind == "absent":
        return {"absent": [name]}
    return {"raw": {name: (_VALUES | {"incorrect": "soon"})[kind]}}


def without_email(ils: str, kind: str, person: Person) -> Patch:
    """Let a record say this of its e-mail, which has another form in each system."""
    return _EMAILS[ils](kind, (_VALUES | {"incorrect": "nobody"}).get(kind), person)


def without_surname(ils: str) -> Patch:
    """Let a record say that there is no surname."""
    fields: dict[str, Any] = {
        "koha": {"surname": ""}, "alma": {"last_name": ""}, "sierra": {"names": []},
        "symphony": {"lastName": None},
    }  # fmt: skip
    return {"raw": fields[ils]}


def _of_koha(kind: str, value: str | None, _: Person) -> Patch:
    return {"absent": ["email"]} if kind == "absent" else {"raw": {"email": value}}


def _of_alma(kind: str, value: str | None, person: Person) -> Patch:
    if kind == "absent":
        return {"absent": ["contact_info"]}
    listed: dict[str, Any] = {"null": None, "empty": []}
    contact = {
        "address": [{"line1": person["street"], "preferred": True}],
        "phone": [{"phone_number": person["phones"][0], "preferred": True}],
        "email": listed.get(kind, [{"email_address": value, "preferred": True}]),
    }
    return {"raw": {"contact_info": contact}}


def _of_sierra(kind: str, value: str | None, _: Person) -> Patch:
    if kind == "absent":
        return {"absent": ["emails"]}
    listed: dict[str, Any] = {"null": None, "empty": []}
    return {"raw": {"emails": listed.get(kind, [value])}}


def _of_symphony(kind: str, value: str | None, person: Person) -> Patch:
    if kind == "absent":
        return {"absent": ["address1"]}
    lines = {"STREET": person["street"], "PHONE": person["phones"][0], "EMAIL": value}
    if kind == "empty":
        del lines["EMAIL"]
    rows = [
        {"resource": "/user/patron/address1", "key": str(key),
         "fields": {"code": {"resource": "/policy/patronAddress1", "key": code}, "data": data}}
        for key, (code, data) in enumerate(lines.items(), start=1)
    ]  # fmt: skip
    return {"raw": {"address1": rows}}


_EMAILS: dict[str, Callable[[str, str | None, Person], Patch]] = {
    "koha": _of_koha,
    "alma": _of_alma,
    "sierra": _of_sierra,
    "symphony": _of_symphony,
}
