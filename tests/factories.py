"""Valid things to test with: a test names only what matters to it. All people are invented."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import psycopg

from registry_operators.clients.pin_cipher import PinCipher
from registry_operators.clients.registry_messages import RegistryPatron
from registry_operators.domain.guards import GuardKind
from registry_operators.domain.keys import SyncKeys, person_key, pin_fingerprint
from registry_operators.domain.national_id import NationalId
from registry_operators.domain.pin import Pin
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.pin_vault import PinVault
from registry_operators.settings.libraries import LibrariesConfig
from registry_operators.steps.open_run import RunRequest, open_run
from registry_operators.steps.ports import Secrets
from stand_ins.people import DEMO_PIN_KEY, person

LIBRARY = "2030000"
OTHER_LIBRARY = "2040000"
KEYS = SyncKeys.from_master(bytes(range(32)))
SECRETS = Secrets(KEYS, PinCipher(DEMO_PIN_KEY))
PADS = dict(zip(("inner_pad", "outer_pad"), KEYS.fingerprint_pads, strict=True))
REGISTRY_NOW = datetime(2026, 3, 2, 6, 0, 0)  # noqa: DTZ001  the registry's times have no zone
DEFAULT_PIN = "7314"

_RUNS = UUID("5b0c2d5e-0000-4000-8000-000000000000")


def a_national_id(index: int = 0) -> str:
    """The national id of an invented person: valid, and marked as synthetic."""
    return person(index).national_id


def a_person_key(index: int = 0) -> bytes:
    return person_key(NationalId(a_national_id(index)), KEYS)


def a_card_number(index: int = 0, library: str = LIBRARY) -> str:
    """A national number, in the lower half of the series of a library."""
    return f"N{10 + int(library[2]) - 3}{index + 1:07d}"


def wire(digits: str) -> str:
    """A PIN as the registry carries it."""
    return SECRETS.cipher.encrypt(Pin(digits))


@dataclass(frozen=True, slots=True)
class PatronToBe:
    """What Cicero is told of a patron; ``index`` says which invented person it is."""

    index: int
    library: str
    national_id: str | None
    card: str | None
    local_card: str | None
    pin: str | None
    must_change: bool
    consent: bool
    withdrawn: bool
    card_origin: str
    first_name: str
    surname: str


def a_patron(index: int = 0, **changes: Any) -> PatronToBe:
    """A consenting patron in perfect order, with a national card and a PIN of their own."""
    library = changes.get("library", LIBRARY)
    return replace(
        PatronToBe(
            index=index,
            library=library,
            national_id=a_national_id(index),
            card=a_card_number(index, library),
            local_card=None,
            pin="4711",
            must_change=False,
            consent=True,
            withdrawn=False,
            card_origin="librarian",
            first_name=person(index).first_name,
            surname=person(index).surname,
        ),
        **changes,
    )


def a_registry_patron(index: int = 0, **changes: Any) -> RegistryPatron:
    """The registry's record of the same person, as it comes over the wire."""
    return RegistryPatron(
        card_number=a_card_number(index),
        national_id=a_national_id(index),
        encrypted_pin=wire("4711"),
        changed_at="2026-03-01T12:00:00",
        changed_by="0000000",
    )._replace(**changes)


def a_library_config(library: str = LIBRARY, **changes: Any) -> dict[str, Any]:
    """The block of one library, as its YAML is read."""
    series = f"1{int(library[2]) - 3}"
    block: dict[str, Any] = {
        "name": "Fjordby bibliotek",
        "enabled": True,
        "synchronise": {"card_number": True, "pin": True},
        "default_pin": DEFAULT_PIN,
        "card_sequence": {
            "prefix": "N",
            "first": f"{series}5000000",
            "last": f"{series}9999999",
            "next": f"{series}5000000",
        },
        "registry_series": [
            {"prefix": "N", "first": f"{series}0000000", "last": f"{series}9999999"}
        ],
    }
    return block | changes


NO_LIMITS = {"limits": {kind: {"percent": 100} for kind in GuardKind}}


def a_config(guards: dict[str, Any] | None = None, **libraries: Any) -> LibrariesConfig:
    """A whole configuration: blocks by agency code after an underscore, or two libraries."""
    blocks = {code.lstrip("_"): block for code, block in libraries.items()} or {
        code: a_library_config(code) for code in (LIBRARY, OTHER_LIBRARY)
    }
    return LibrariesConfig.model_validate({"libraries": blocks, "guards": guards or {}})


def a_run(
    ledger: Ledger,
    flow: str = "pull",
    *,
    number: int = 1,
    config: LibrariesConfig | None = None,
    **request: Any,
) -> UUID:
    """An opened run; runs with the same number have the same id."""
    run_id = a_run_id(number)
    open_run(ledger, config or a_config(), RunRequest(flow, **request), run_id)
    return run_id


def a_run_id(number: int = 1) -> UUID:
    return uuid5(_RUNS, str(number))


class Cicero:
    """What librarians and patrons do in Cicero, in a session of its own."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.db = connection

    def add(self, patron: PatronToBe) -> int:
        patron_id: int = self._one(
            "insert into cicero.patron (library, national_id, surname, first_name)"
            " values (%s, %s, %s, %s) returning patron_id",
            patron.library, patron.national_id, patron.surname, patron.first_name,
        )  # fmt: skip
        if patron.local_card:
            self.add_card(patron_id, patron.local_card, kind="local")
        if patron.card:
            self.add_card(patron_id, patron.card, origin=patron.card_origin)
        if patron.pin:
            self.set_pin(patron_id, patron.pin, must_change=patron.must_change)
        if patron.consent or patron.withdrawn:
            self.consent(patron_id)
        if patron.withdrawn:
            self.withdraw(patron_id)
        return patron_id

    def add_card(
        self, patron_id: int, number: str, *, kind: str = "national", origin: str = "librarian"
    ) -> None:
        self.db.execute(
            "insert into cicero.card (patron_id, library, card_number, kind, origin)"
            " select patron_id, library, %s, %s, %s from cicero.patron where patron_id = %s",
            [number, kind, origin, patron_id],
        )

    def change_card(self, patron_id: int, number: str) -> None:
        with self.db.transaction():
            self.db.execute(
                "update cicero.card set status = 'replaced'"
                " where patron_id = %s and kind = 'national' and status = 'active'",
                [patron_id],
            )
            self.add_card(patron_id, number)

    def set_pin(self, patron_id: int, digits: str, *, must_change: bool = False) -> None:
        national_id = self._one(
            "select national_id from cicero.patron where patron_id = %s", patron_id
        )
        key = person_key(NationalId(national_id or ""), KEYS)
        self.db.execute(
            "insert into cicero.pin"
            " (patron_id, pin_encrypted, pin_fingerprint, must_change, origin)"
            " values (%s, %s, %s, %s, %s) on conflict (patron_id) do update set"
            " pin_encrypted = excluded.pin_encrypted, pin_fingerprint = excluded.pin_fingerprint,"
            " must_change = excluded.must_change, origin = excluded.origin",
            [patron_id, PinVault(KEYS).seal(key, Pin(digits)),
             pin_fingerprint(key, Pin(digits), KEYS), must_change,
             "default" if must_change else "patron"],
        )  # fmt: skip

    def consent(self, patron_id: int) -> None:
        self.db.execute(
            "insert into cicero.consent (patron_id, given_by) values (%s, 'patron')", [patron_id]
        )

    def withdraw(self, patron_id: int) -> None:
        self.db.execute(
            "update cicero.consent set withdrawn_at = clock_timestamp(), withdrawn_by = 'patron'"
            " where patron_id = %s and withdrawn_at is null",
            [patron_id],
        )

    def delete(self, patron_id: int) -> None:
        self.db.execute("delete from cicero.patron where patron_id = %s", [patron_id])

    def cards(self, patron_id: int) -> dict[str, tuple[str, str, str]]:
        """Card number to kind, status and origin."""
        rows = self.db.execute(
            "select card_number, kind, status, origin from cicero.card where patron_id = %s",
            [patron_id],
        ).fetchall()
        return {number: (kind, status, origin) for number, kind, status, origin in rows}

    def card(self, patron_id: int) -> str | None:
        """The national card in force."""
        numbers = [number for number, (kind, status, _) in self.cards(patron_id).items()
                   if (kind, status) == ("national", "active")]  # fmt: skip
        return numbers[0] if numbers else None

    def pin(self, patron_id: int) -> tuple[str, bool, str] | None:
        """Digits, whether they must be changed, and origin."""
        row = self.db.execute(
            "select national_id, pin_encrypted, must_change, origin from cicero.pin"
            " join cicero.patron using (patron_id) where patron_id = %s",
            [patron_id],
        ).fetchone()
        if row is None:
            return None
        opened = PinVault(KEYS).open(person_key(NationalId(row[0]), KEYS), row[1])
        return ("unreadable" if opened is None else opened.digits), row[2], row[3]

    def _one(self, statement: str, *values: Any) -> Any:
        row = self.db.execute(statement, values).fetchone()
        return row[0] if row else None


DEMO_KEYS_CONNECTION = {
    "conn_type": "generic",
    "password": bytes(range(32)).hex(),
    "extra": {"registry_pin_secret": DEMO_PIN_KEY.hex()},
}
