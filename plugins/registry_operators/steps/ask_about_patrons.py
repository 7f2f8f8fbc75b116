"""Ask the registry about patrons because a person wants to know (spec X6, X9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from registry_operators.domain.keys import SyncKeys, person_key
from registry_operators.domain.national_id import parse_national_id
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.steps.ask_registry import RegistryDesk
from registry_operators.steps.ports import RegistryConnector
from registry_operators.steps.rehearse_patron import Told


@dataclass(frozen=True, slots=True)
class Asking:
    """
    Who asks, and the way to the registry.

    :param asked_by: The user of Airflow or of the machine; stands in the audit trail.
    """

    connect: RegistryConnector
    asked_by: str


def ask_about_patrons(
    ledger: Ledger, asking: Asking, keys: SyncKeys, patrons: Mapping[int, str]
) -> dict[int, Told]:
    """
    Look consenting patrons up in the registry, each as their library; the others are not asked.

    Before each question an event says who asks about whom, by pseudonym, so that nobody looks
    unseen; what the registry answers stands nowhere. Spec: N3.1, X9.

    :param patrons: Patron to library.
    :raises LoginRefusedError: The library may not log in.
    :raises UnavailableError: The registry, or the database, does not answer.
    """
    told: dict[int, Told] = {}
    for row in ledger.rows("why/list_national_ids", patron_ids=list(patrons)):
        national_id = parse_national_id(row.national_id)
        if not row.has_consent or national_id is None:
            continue
        AuditTrail(ledger).append(
            "ask",
            actor=asking.asked_by,
            library=row.library,
            person_key=row.person_key or person_key(national_id, keys),
        )
        told[row.patron_id] = RegistryDesk(asking.connect(row.library)).ask(row.national_id)
    return told
