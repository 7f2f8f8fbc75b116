"""How long the ledger keeps what, from ``include/config/libraries.yaml`` (spec X10)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

_Days = Annotated[int, Field(ge=1, le=3650)]


class Retention(BaseModel):
    """
    Days after which the housekeeping removes, and after which it raises an alarm.

    :param staging_days: Card numbers and encrypted PINs of a run, after its beginning.
    :param journal_days: What a run replaced; so long it can be undone.
    :param ledger_days: Plans, verdicts and accounts of runs, changes of Cicero that were read, and
        settled deletions.
    :param audit_months: Events of the audit trail; ``null`` leaves trimming to somebody else.
    :param outbox_alarm_days: Who waits longer turns the housekeeping red.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    staging_days: _Days = 7
    journal_days: _Days = 14
    ledger_days: _Days = 30
    audit_months: Annotated[int, Field(ge=1, le=120)] | None = 12
    outbox_alarm_days: _Days = 3

    @model_validator(mode="after")
    def _ledger_is_kept_longest(self) -> Retention:
        for name in ("staging_days", "journal_days"):
            if getattr(self, name) > self.ledger_days:
                raise ValueError(
                    f"{name} ({getattr(self, name)}) must not exceed ledger_days "
                    f"({self.ledger_days}), because it is of no use without the plan"
                )
        return self
