"""The desk: what every deed at it needs, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

from registry_operators.desk.refusals import DeskError, Refusal
from registry_operators.desk.registry_look_up import RegistryLookUp
from registry_operators.domain.creation import Actor
from registry_operators.domain.keys import pin_fingerprint
from registry_operators.domain.pin import Pin, is_simple
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.pin_vault import PinVault
from registry_operators.settings.libraries import LibrariesConfig, Library
from registry_operators.steps.ports import Secrets

SYNC_CONSENT = "SYNC_WITH_NATIONAL_REGISTRY"
HISTORY_CONSENT = "KEEP_HISTORICAL_LOAN_DATA"


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Who asks, and by which door.

    :param name: The librarian or the library's client system, for the audit trail; no patron.
    :param door: ``desk`` or ``cms_api``.
    """

    actor: Actor
    name: str
    door: str = "desk"

    @property
    def role(self) -> str:
        """Who is said to have given or withdrawn a consent, or set a PIN."""
        return "librarian" if self.actor is Actor.LIBRARIAN else "patron"

    @property
    def actor_name(self) -> str:
        """Who an event of the audit trail says it was."""
        return f"{self.door}:{self.name}"


class PatronRef(NamedTuple):
    """One patron of one library."""

    library: str
    patron_id: int


@dataclass(frozen=True, slots=True, repr=False)
class Desk:
    """
    What every deed needs; safe to use from several threads.

    :param open_ledger: Gives a connection for the length of a ``with`` block.
    """

    open_ledger: Callable[[], AbstractContextManager[Ledger]]
    config: LibrariesConfig
    secrets: Secrets
    look_up: RegistryLookUp

    def library(self, code: str) -> Library:
        """
        Return the settings of a library.

        :raises DeskError: It is not in the configuration.
        """
        try:
            return self.config.libraries[code]
        except KeyError:
            raise DeskError(
                Refusal.UNKNOWN_LIBRARY,
                f"no library {code!r} is served here; include/config/libraries.yaml lists them",
                "library",
            ) from None


def read_patron(ledger: Ledger, patron: PatronRef) -> Any:
    """
    Return the row of ``desk/read_patron``.

    :raises DeskError: The library has no such patron.
    """
    rows = ledger.rows("desk/read_patron", **patron._asdict())
    if not rows:
        raise no_such_patron()
    return rows[0]


def lock_patron(ledger: Ledger, patron: PatronRef) -> Any:
    """
    Return the row of ``desk/read_patron``, as it stays until the caller's transaction ends.

    :raises DeskError: The library has no such patron.
    """
    ledger.rows("desk/lock_patron", **patron._asdict())
    return read_patron(ledger, patron)


def no_such_patron() -> DeskError:
    """Return the answer to a question about a patron whom the library does not have."""
    return DeskError(
        Refusal.PATRON_NOT_FOUND,
        "the library has no such patron; ask by the patron's number, card or national id",
        "patronId",
    )


def check_pin(library: Library, text: str, field: str = "pincode") -> Pin:
    """
    Return a PIN that may be used at a library.

    :raises DeskError: It is not four digits, or too simple for the library.
    """
    try:
        pin = Pin(text)
    except ValueError:
        raise DeskError(Refusal.INVALID_PIN, "a PIN is four digits, 0 to 9", field) from None
    # What everybody was handed must never count as chosen: it would be sent to the registry.
    if pin == library.pin_for_all or (library.pin_rules.refuse_simple and is_simple(pin)):
        raise simple_pin(field)
    return pin


def simple_pin(field: str = "pincode") -> DeskError:
    """Return the answer to a PIN that others may guess or know."""
    return DeskError(
        Refusal.SIMPLE_PIN,
        "the PIN is one of those that are tried first; take one that is not all the same digit, a "
        "run of digits, or the one that the library handed out",
        field,
    )


def write_pin(
    ledger: Ledger,
    secrets: Secrets,
    patron_id: int,
    pin_key: bytes,
    pin: Pin,
    *,
    origin: str,
    must_change: bool = False,
) -> None:
    """Write a PIN, encrypted, in the caller's transaction."""
    ledger.run(
        "desk/write_pin",
        patron_id=patron_id,
        pin_encrypted=PinVault(secrets.keys).seal(pin_key, pin),
        pin_fingerprint=pin_fingerprint(pin_key, pin, secrets.keys),
        must_change=must_change,
        origin=origin,
    )


def audit(
    ledger: Ledger,
    caller: Caller,
    action: str,
    patron: PatronRef,
    person_key: bytes | None,
    *,
    reason: str | None = None,
    subject: str | None = None,
) -> None:
    """Write down who did what to whom, as the last thing of the caller's transaction (X9)."""
    AuditTrail(ledger).append(
        action,
        actor=caller.actor_name,
        library=patron.library,
        subject=subject or f"patron {patron.patron_id}",
        reason=reason,
        person_key=person_key,
    )
