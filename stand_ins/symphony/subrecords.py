"""The parts of a patron that are records of their own: addresses, blocks, status, groups."""

from collections.abc import Callable, Mapping
from json.encoder import encode_basestring as quoted
from typing import Any

from stand_ins.hashing import mix
from stand_ins.ils.patrons import Patron
from stand_ins.symphony.include_fields import Wanted
from stand_ins.symphony.policies import AddressCodes

_PIN = 44


def standing_of(patron: Patron) -> str:
    """Return the key of the standing: who owes is delinquent, who owes much is blocked."""
    if not patron.owed_cents:
        return "OK"
    return "BLOCKED" if patron.owed_cents > 10_000 else "DELINQUENT"


def pin_of(patron: Patron) -> str:
    """Return an invented PIN in clear; a client must never ask for it."""
    return f"{mix(patron.nth, 1, _PIN) % 10_000:04d}"


class Subrecords:
    """Makes each part as JSON values; `makers` has them by field name."""

    def __init__(self, codes: AddressCodes) -> None:
        self._codes = codes
        self.makers: Mapping[str, Callable[[Patron], Any]] = {
            "address1": lambda p: self._address(1, self._lines(p)),
            "address2": lambda p: self._address(2, self._second_lines(p)),
            "address3": lambda _: [],
            "phoneList": self._phones,
            "primaryPhone": lambda p: p.phones[0] if p.phones else None,
            "primaryAddress": self._primary,
            "groupSettings": _group,
            "customInformation": lambda _: [],
            "circRecordList": lambda _: [],
            "holdRecordList": lambda _: [],
            "blockList": _blocks,
            "patronStatusInfo": status_info,
        }

    def fast_address(self, patron: Patron, inner: Wanted) -> str:
        """Return the first address as JSON text, with code, data or both."""
        both = not inner or "*" in inner
        parts = []
        for key, (code, data) in enumerate(self._lines(patron), start=1):
            fields = []
            if both or "code" in inner:
                fields.append(f'"code":{{"resource":"/policy/patronAddress1","key":"{code}"}}')
            if both or "data" in inner:
                fields.append(f'"data":{"null" if data is None else quoted(data)}')
            parts.append(
                f'{{"resource":"/user/patron/address1","key":"{key}",'
                f'"fields":{{{",".join(fields)}}}}}'
            )
        return f"[{','.join(parts)}]"

    def _lines(self, patron: Patron) -> list[tuple[str, str | None]]:
        """Return code and data of each line; a line that is empty has null for data."""
        codes = self._codes
        postal_code, _, city = patron.place.partition(" ")
        lines: list[tuple[str, str | None]] = [(codes.street, patron.street or None)]
        if codes.zip:
            lines += [(codes.city, f"{city}, NO" if city else None), (codes.zip, postal_code)]
        else:
            lines.append((codes.city, patron.place or None))
        lines.append((codes.email, patron.emails[0] if patron.emails else None))
        lines.append((codes.phone, patron.phones[0] if patron.phones else None))
        return lines

    def _second_lines(self, patron: Patron) -> list[tuple[str, str | None]]:
        second = self._codes.street, patron.second_address
        others = [(self._codes.email, email) for email in patron.emails[1:]]
        others += [(self._codes.phone, phone) for phone in patron.phones[1:]]
        return [*([second] if patron.second_address else []), *others]

    def _address(self, number: int, lines: list[tuple[str, str | None]]) -> list[dict[str, Any]]:
        return [
            {
                "resource": f"/user/patron/address{number}",
                "key": str(key),
                "fields": {
                    "code": {"resource": f"/policy/patronAddress{number}", "key": code},
                    "data": data,
                },
            }
            for key, (code, data) in enumerate(lines, start=1)
        ]

    def _primary(self, patron: Patron) -> dict[str, Any]:
        postal_code, _, city = patron.place.partition(" ")
        return {
            "resource": "/user/patron/address",
            "key": "1",
            "fields": {
                "line1": patron.street,
                "area": city,
                "postalCode": postal_code,
                "emailAddress": patron.emails[0] if patron.emails else "",
            },
        }

    def _phones(self, patron: Patron) -> list[dict[str, Any]]:
        return [
            {
                "resource": "/user/patron/phone",
                "key": f"{patron.id}:{key}",
                "fields": {"number": number, "countryCode": "NO"},
            }
            for key, number in enumerate(patron.phones, start=1)
        ]


def status_info(patron: Patron) -> dict[str, Any]:
    """Return the answer of `/user/patronStatusInfo/key/{key}`."""
    return {
        "resource": "/user/patronStatusInfo",
        "key": str(patron.id),
        "fields": {
            "standing": {"resource": "/policy/patronStanding", "key": standing_of(patron)},
            "expired": False,
            "hasMaxFines": patron.owed_cents > 10_000,
            "hasMaxOverdueDays": False,
            "amountOwed": _money(patron.owed_cents),
            "estimatedFines": _money(0),
        },
    }


def _group(patron: Patron) -> dict[str, Any] | None:
    """Return the settings of those who borrow together; most patrons do not."""
    if patron.nth % 31 != 5:
        return None
    role = "SPONSOR" if patron.nth % 2 else "PROXY"
    return {
        "resource": "/user/patronGroupSettings",
        "key": str(patron.id),
        "fields": {
            "group": {"resource": "/user/patronGroup", "key": f"G{patron.nth // 62}"},
            "responsibility": {"resource": "/policy/patronGroupResponsibility", "key": role},
        },
    }


def _blocks(patron: Patron) -> list[dict[str, Any]]:
    if not patron.owed_cents:
        return []
    return [
        {
            "resource": "/circulation/block",
            "key": f"{patron.id}:1",
            "fields": {"owed": _money(patron.owed_cents), "amount": _money(patron.owed_cents)},
        }
    ]


def _money(cents: int) -> dict[str, str]:
    return {"currencyCode": "USD", "amount": f"{cents / 100:.2f}"}
