"""Whether somebody with a card and a PIN is who they say (spec N3.8)."""

from __future__ import annotations

import hmac
import os
from typing import Any, NamedTuple

from registry_operators.cms_api.log_in_guard import LogInGuard
from registry_operators.cms_api.models_out import AuthenticateStatus
from registry_operators.desk.desk import Desk, PatronRef
from registry_operators.desk.patron_deeds import find_patrons
from registry_operators.domain.keys import log_in_subject, pin_fingerprint
from registry_operators.domain.pin import Pin, is_four_digits

_NOBODY = 0
_NO_PIN = "0000"
_DIGEST_BYTES = 32


class Verdict(NamedTuple):
    """What is told of a log-in; the patron only where it is VALID."""

    status: AuthenticateStatus
    patron_id: int | None = None


def authenticate(desk: Desk, library: str, identifier: str, pin: str) -> Verdict:
    """
    Compare the PIN of whom a card or national id names, and count failures.

    An unknown card takes the same statements and computations as a wrong PIN, and is locked out
    like one. Failures count by patron whatever card was named, else by what was named. A PIN that
    must be changed first, where the library wants that, is as good as a wrong one.
    """
    patron = whom(desk, library, identifier)
    subject = (
        log_in_subject("card", library, identifier, desk.secrets.keys)
        if patron is None
        else log_in_subject("patron", library, str(patron.patron_id), desk.secrets.keys)
    )
    settings = desk.config.cms_api
    with desk.open_ledger() as ledger, ledger.transaction():
        guard = LogInGuard(
            ledger, subject, most=settings.failures_before_lock, lock_minutes=settings.lock_minutes
        )
        guard.wait_for_turn()
        asked = patron or PatronRef(library, _NOBODY)
        rows = ledger.rows("desk/read_patron", **asked._asdict())
        is_right = _is_right(desk, library, rows[0] if rows else None, pin)
        if guard.locked_for_s():
            return Verdict("LOANER_LOCKED_OUT")
        if not is_right:
            guard.failed()
            return Verdict("INVALID")
        guard.succeeded()
    return Verdict("VALID", asked.patron_id)


def whom(desk: Desk, library: str, identifier: str) -> PatronRef | None:
    """Return the one patron whom a card or national id names, or ``None``."""
    found = find_patrons(desk, library, identifier.strip())
    return found[0] if len(found) == 1 else None


def _is_right(desk: Desk, library: str, row: Any, text: str) -> bool:
    has_pin = row is not None and row.pin_key is not None and row.pin_fingerprint is not None
    key, kept = (
        (bytes(row.pin_key), bytes(row.pin_fingerprint))
        if has_pin
        else (bytes(_DIGEST_BYTES), os.urandom(_DIGEST_BYTES))
    )
    is_pin = is_four_digits(text)
    given = pin_fingerprint(key, Pin(text if is_pin else _NO_PIN), desk.secrets.keys)
    is_equal = hmac.compare_digest(given, kept)
    may_log_in = not (
        has_pin and row.must_change and not desk.library(library).pin_rules.log_in_before_change
    )
    return is_equal and is_pin and has_pin and may_log_in
