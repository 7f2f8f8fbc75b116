"""Ask the registry about patrons whom it and Cicero have not agreed on yet (spec N3.2, N3.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from registry_operators.clients.registry_messages import RegistryPatron
from registry_operators.domain.decision import Decision
from registry_operators.domain.keys import pin_fingerprint
from registry_operators.domain.reasons import Reason
from registry_operators.domain.registry_time import parse_registry_time
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.ledger.pin_vault import PinVault
from registry_operators.steps.ask_registry import RegistryDesk
from registry_operators.steps.library_failures import StepResult, each_library
from registry_operators.steps.ports import RegistryConnector, Secrets

_BATCH_SIZE = 500


class _Found(NamedTuple):
    """What the registry knows; ``failure`` instead where its answer cannot be used."""

    record_no: int
    state: str = "not_found"
    card_number: str | None = None
    changed_at: datetime | None = None
    pin_fingerprint: bytes | None = None
    pin_encrypted: bytes | None = None
    pin_reason: Reason | None = None
    failure: Reason | None = None


def look_up_persons(
    ledger: Ledger,
    connect: RegistryConnector,
    secrets: Secrets,
    *,
    run_id: UUID,
    libraries: Iterable[str],
    concurrency: int = 8,
) -> StepResult:
    """
    Find out, before anything is planned, who is in the registry and with which card and PIN.

    Answers are written in batches, so that a step that died goes on where it stood. An answer
    that cannot be used fails its record; a registry that is away fails the library.
    """
    pads = dict(zip(("inner_pad", "outer_pad"), secrets.keys.fingerprint_pads, strict=True))

    def look_up(library: str) -> list[str]:
        counts = {"in": 0, "found": 0, "not_found": 0, "failed": 0}
        asking = _Asking(RegistryDesk(connect(library)), secrets, PinVault(secrets.keys))
        after_no = 0
        # Asked for batch by batch, because consent may be withdrawn while a long look-up goes on.
        while rows := ledger.rows(
            "push/list_look_ups", run_id=run_id, library=library, batch_size=_BATCH_SIZE,
            after_no=after_no, **pads,
        ):  # fmt: skip
            with ThreadPoolExecutor(concurrency) as pool:
                answers = list(pool.map(asking.ask, rows))
            _record(ledger, run_id, library, answers)
            after_no = rows[-1].record_no
            counts["in"] += len(rows)
            for answer in answers:
                counts["failed" if answer.failure else answer.state] += 1
        decision = Decision("push", "look_up", library, counts)
        with ledger.transaction():
            ledger.run(
                "run/advance_library",
                run_id=run_id,
                library=library,
                to_stage="looked_up",
                read_count=None,
                until_time=None,
            )
            AuditTrail(ledger).append_decisions(run_id, [decision])
        return [decision.line]

    return each_library(ledger, run_id, libraries, "cards_filtered", "look_up", look_up)


@dataclass(slots=True)
class _Asking:
    """Turns the registry's answers into what the plan needs; called from several threads."""

    desk: RegistryDesk
    secrets: Secrets
    vault: PinVault

    def ask(self, row: Any) -> _Found:
        """Look one patron up by national id."""
        match self.desk.ask(row.national_id):
            case None:
                return _Found(row.record_no)
            case Reason() as failure:
                return _Found(row.record_no, failure=failure)
            case patron:
                card_number = patron.card_number or None
                found = _Found(row.record_no, "found", card_number, _changed_at(patron))
                return self._with_pin(found, row, patron) if row.syncs_pin else found

    def _with_pin(self, found: _Found, row: Any, patron: RegistryPatron) -> _Found:
        """Add the registry's PIN, sealed and as a fingerprint, or why it cannot be read."""
        if not patron.encrypted_pin:
            return found
        pin = self.secrets.cipher.decrypt(patron.encrypted_pin)
        if pin is None:
            # A PIN that cannot be read is no missing one: no default may take its place.
            return found._replace(pin_reason=Reason.PIN_UNREADABLE)
        person = bytes(row.person_key)
        return found._replace(
            pin_fingerprint=pin_fingerprint(person, pin, self.secrets.keys),
            pin_encrypted=self.vault.seal(person, pin),
        )


def _changed_at(patron: RegistryPatron) -> datetime | None:
    """Return when the registry says it changed; a time that cannot be read is none."""
    try:
        return parse_registry_time(patron.changed_at)
    except ValueError:
        return None


def _record(ledger: Ledger, run_id: UUID, library: str, answers: Sequence[_Found]) -> None:
    usable = [answer for answer in answers if answer.failure is None]
    failed = [answer for answer in answers if answer.failure is not None]
    with ledger.transaction():
        ledger.run(
            "push/record_look_ups",
            run_id=run_id,
            library=library,
            record_nos=[answer.record_no for answer in usable],
            states=[answer.state for answer in usable],
            card_numbers=[answer.card_number for answer in usable],
            pin_fingerprints=[answer.pin_fingerprint for answer in usable],
            pins_encrypted=[answer.pin_encrypted for answer in usable],
            pin_reasons=[answer.pin_reason for answer in usable],
            changed_ats=[answer.changed_at for answer in usable],
        )
        ledger.run(
            "run/fail_records",
            run_id=run_id,
            library=library,
            step="look_up",
            record_nos=[answer.record_no for answer in failed],
            reasons=[answer.failure for answer in failed],
        )
