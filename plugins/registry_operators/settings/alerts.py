"""Who is told what, from block ``alerts`` of ``include/config/libraries.yaml`` (spec N4.2)."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from registry_operators.domain.due import BEGINS

_Time = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
_Address = Annotated[str, Field(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$", max_length=254)]
_Connection = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,200}$")]
_Url = Annotated[str, Field(pattern=r"^https?://[^\s?#]+$", max_length=500)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Mail(_Strict):
    """
    Alerts by mail.

    :param connection: Airflow Connection of the mail server.
    :param sender: Address that they come from.
    :param recipients: Addresses that they go to.
    """

    connection: _Connection = "alert_mail"
    sender: _Address
    recipients: Annotated[list[_Address], Field(min_length=1)]


class Webhook(_Strict):
    """
    Alerts as JSON, sent by POST.

    :param connection: Airflow Connection with host and path; with a password they are signed.
    """

    connection: _Connection = "alert_webhook"


class Alerts(_Strict):
    """
    When something is wrong, and who is told.

    :param push_done_by: Local time by which the push of 01:00 must have ended.
    :param pull_done_by: Local time by which the pull of 06:00 must have ended.
    :param sequence_percent: A card sequence with so much left, or less, comes to its end.
    :param quiet_runs: So many completed runs without a record, one after the other, are too many.
    :param airflow_url: Address of Airflow's pages, for links; without it there are none.
    :param runbook_url: Address of ``docs/runbooks.md`` as you publish it, for links.
    :param mail: Without it no mail is sent.
    :param webhook: Without it none is called.
    """

    push_done_by: _Time = "04:00"
    pull_done_by: _Time = "07:00"
    sequence_percent: Annotated[int, Field(ge=0, le=100)] = 10
    quiet_runs: Annotated[int, Field(ge=1, le=100)] = 3
    airflow_url: _Url | None = None
    runbook_url: _Url | None = None
    mail: Mail | None = None
    webhook: Webhook | None = None

    @model_validator(mode="after")
    def _jobs_begin_before(self) -> Alerts:
        for flow, begins in BEGINS.items():
            if self.done_by(flow) <= begins:
                raise ValueError(f"{flow}_done_by must be later than {begins:%H:%M}")
        return self

    def done_by(self, flow: str) -> time:
        """Return the local time by which a flow must have ended."""
        return time.fromisoformat(self.push_done_by if flow == "push" else self.pull_done_by)


def alerts_alone(path: Path) -> Alerts:
    """
    Read block ``alerts`` of a file that may be wrong elsewhere, so that somebody can be told.

    :return: The defaults, which tell nobody, where that block cannot be read either.
    """
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Alerts.model_validate(content["alerts"])
    except (OSError, yaml.YAMLError, ValidationError, UnicodeDecodeError, KeyError, TypeError):
        return Alerts()
