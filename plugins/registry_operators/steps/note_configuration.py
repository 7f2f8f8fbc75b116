"""Write down that a run has another configuration than the one before (spec X9)."""

from __future__ import annotations

import json
from uuid import UUID

from registry_operators.domain.configuration_change import changed_fields, field_digests
from registry_operators.domain.keys import SyncKeys
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.settings.libraries import LibrariesConfig


def note_configuration(
    ledger: Ledger, config: LibrariesConfig, keys: SyncKeys, *, run_id: UUID, actor: str
) -> list[str]:
    """
    Append one event when the configuration differs from that of the last run.

    The event names the fields and holds no value of them. It is the last word of the transaction
    that opens a run. Repeated, it finds the configuration noted. Of the very first run nothing is
    told, as there was none before.

    :param actor: Who started the run; who edited the file, nobody can know here.
    :return: Names of what has changed.
    """
    known = ledger.rows("run/read_configuration")
    if known and known[0].config_digest == config.digest:
        return []
    after = field_digests(config.content, keys)
    ledger.run(
        "run/store_configuration",
        config_digest=config.digest,
        fields=json.dumps(after),
        run_id=run_id,
    )
    if not known:
        return []
    before = known[0].fields
    changed = changed_fields(before, after) if before else []
    AuditTrail(ledger).append_configuration(
        run_id, actor=actor, digests=(known[0].config_digest, config.digest), changed=changed
    )
    return changed
