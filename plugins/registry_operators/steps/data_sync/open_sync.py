"""Open a run of a data sync: write down with what it runs (spec D1, X11)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from registry_operators.errors import ConfigurationError, RunFailedError
from registry_operators.ledger.database import Ledger
from registry_operators.steps.data_sync.ports import PinnedSync, read_sync_run


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """
    What is asked for.

    :param is_dry_run: Plan and report; write no profile.
    :param asked_by: Who started it; ``schedule`` for nobody.
    """

    is_dry_run: bool = False
    asked_by: str = "schedule"


def open_sync(
    ledger: Ledger, sync: PinnedSync, request: SyncRequest, run_id: UUID, today: date
) -> None:
    """
    Write down the run, its version and its filter, periods turned into dates.

    A run that is there keeps what it was opened with, so that a repeated run sees the same day.
    One transaction.

    :raises ConfigurationError: A run that writes is to go on as a dry run.
    :raises RunFailedError: What the run had read was removed for its age.
    """
    definition = sync.definition
    required = sorted(name for name, field in sync.targets.items() if field.is_required)
    with ledger.transaction():
        ledger.run(
            "data_sync/open_run",
            run_id=run_id,
            name=definition.name,
            version=sync.version,
            digest=sync.digest,
            source=definition.connection,
            ils=definition.ils,
            type=definition.type,
            profile_type=definition.profile_type,
            empty_fields=definition.empty_fields,
            incorrect_values=definition.incorrect_values,
            errors=definition.errors,
            match_on=list(definition.match_on),
            required=required,
            is_dry_run=request.is_dry_run,
            asked_by=request.asked_by,
        )
        run = read_sync_run(ledger, run_id)
        if request.is_dry_run and not run.is_dry_run:
            raise ConfigurationError(
                f"run {run_id} was begun as one that writes and cannot go on as a dry run; go on "
                "without that, or start a dry run"
            )
        if run.staging_gone_at is not None:
            raise RunFailedError(
                f"run {run_id} ended longer ago than retention.staging_days, and what it had read "
                "was removed; start a new run instead"
            )
        for number, row in enumerate(definition.filter, start=1):
            condition = row.condition(today)
            ledger.run(
                "data_sync/add_condition",
                run_id=run_id,
                number=number,
                field=condition.field,
                operator=condition.operator,
                operands=json.dumps(list(condition.operands)),
            )
