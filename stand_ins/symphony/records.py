"""
A patron as Symphony writes it, and which of its fields a caller gets.

`*`, and a call without `includeFields`, give everything that is one value or a link to a policy.
Lists and records of their own (addresses, blocks, status) come only when they are named; `pin`
too, which is really there to be asked for. Sources: sul-dlss/mylibrary, patron fixtures and
symphony_client.rb; multnomah-county-it/libilsws.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring as quoted
from typing import Any

from stand_ins.ils.patrons import ABSENT, Patron
from stand_ins.symphony.include_fields import Wanted, projected
from stand_ins.symphony.policies import (
    CATEGORY_FIELDS,
    CATEGORY_KEYS,
    LIBRARIES,
    PROFILES,
    AddressCodes,
    Policies,
)
from stand_ins.symphony.subrecords import Subrecords, pin_of, standing_of


def _day(epoch_s: int) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).isoformat()[:10]


def _category(patron: Patron) -> str:
    key = CATEGORY_KEYS[patron.category]
    return f'{{"resource":"/policy/patronCategory01","key":"{key}"}}' if key else "null"


def _link(policy: str, key: str) -> Callable[[Patron], str]:
    text = f'{{"resource":"/policy/{policy}","key":"{key}"}}'
    return lambda _: text


SCALARS: Mapping[str, Callable[[Patron], str]] = {
    "barcode": lambda p: quoted(p.barcodes[0]) if p.barcodes else '""',
    "alternateID": lambda p: quoted(p.unique_id),
    "webAuthID": lambda p: f'"w{p.nth}"',
    "groupId": lambda _: '""',
    "department": lambda _: '""',
    "title": lambda _: '""',
    "firstName": lambda p: quoted(p.first_name),
    "middleName": lambda _: '""',
    "lastName": lambda p: quoted(p.last_name),
    "suffix": lambda _: '""',
    "preferredName": lambda p: quoted(p.first_name[:3]) if p.nth % 19 == 7 else '""',
    "usePreferredName": lambda p: "true" if p.nth % 19 == 7 else "false",
    "displayName": lambda p: quoted(f"{p.last_name}, {p.first_name}"),
    "birthDate": lambda p: f'"{p.birth_on}"' if p.birth_on else "null",
    "createdDate": lambda p: f'"{_day(p.created_s)}"',
    "lastActivityDate": lambda p: f'"{_day(p.updated_s)}"',
    "privilegeExpiresDate": lambda p: (
        f'"{p.expires_on}"' if p.expires_on else ('"2999-12-31"' if p.nth % 2 else "null")
    ),
    "claimsReturnedCount": lambda _: "0",
    "circRecordCount": lambda p: str(p.bits % 7),
    "estimatedOverdueAmount": lambda _: '{"currencyCode":"USD","amount":"0.00"}',
    "keepCircHistory": lambda _: '"NOHISTORY"',
    "preferredAddress": lambda _: "1",
}
LINKS: Mapping[str, Callable[[Patron], str]] = {
    "library": lambda p: f'{{"resource":"/policy/library","key":"{LIBRARIES[p.library][0]}"}}',
    "profile": lambda p: f'{{"resource":"/policy/userProfile","key":"{PROFILES[p.kind][0]}"}}',
    "standing": lambda p: f'{{"resource":"/policy/patronStanding","key":"{standing_of(p)}"}}',
    "language": _link("language", "ENGLISH"),
    "access": _link("userAccess", "PUBLIC"),
    "environment": _link("environment", "PUBLIC"),
    "checkoutLocation": lambda _: "null",
    "category01": _category,
    **{name: lambda _: "null" for name in CATEGORY_FIELDS[1:]},
}
_FLAT = {**SCALARS, **LINKS}


class Records:
    """Writes patrons of a site with its own codes for address lines."""

    def __init__(self, codes: AddressCodes, policies: Policies) -> None:
        self._policies = policies
        self._sub = Subrecords(codes)
        self.names = (*_FLAT, *self._sub.makers, "pin")

    def row(self, patron: Patron, wanted: Wanted) -> bytes:
        """Return a record with these fields as JSON."""
        names = list(_FLAT) if not wanted or "*" in wanted else []
        names += [name for name in wanted if name not in ("*", "key") and name not in names]
        raw = patron.raw
        pairs = (
            f'"{name}":{raw[name] if name in raw else self._field(patron, name, wanted)}'
            for name in names
            if raw.get(name) != ABSENT
        )
        text = f'{{"resource":"/user/patron","key":"{patron.id}","fields":{{{",".join(pairs)}}}}}'
        return text.encode()

    def _field(self, patron: Patron, name: str, wanted: Wanted) -> str:
        """Return one field as JSON text, with what is wanted of a link or record of its own."""
        inner: Wanted = wanted.get(name, {})
        if name in _FLAT:
            text = _FLAT[name](patron)
            return self._followed(text, inner) if inner and name in LINKS else text
        if name == "pin":
            return f'"{pin_of(patron)}"'
        if name == "address1" and not inner.keys() - {"*", "code", "data"}:
            return self._sub.fast_address(patron, inner)
        value = projected(self._sub.makers[name](patron), inner)
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def _followed(self, text: str, inner: Wanted) -> str:
        """Add to a link the fields of its policy that are wanted."""
        link: dict[str, Any] | None = json.loads(text)
        if link is None:
            return text
        policy = self._policies.one(link["resource"].rsplit("/", 1)[-1], link["key"])
        return json.dumps(projected(policy or link, inner), ensure_ascii=False)
