"""How Airflow names the DAG of a data sync and its runs, and how we name those runs."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, UUID, uuid5

DAG_PREFIX = "data_sync_"
_ASKED = "asked__"


def dag_id_of(name: str) -> str:
    """
    Return the id of a data sync's DAG.

    >>> dag_id_of("new_students")
    'data_sync_new_students'
    """
    return f"{DAG_PREFIX}{name}"


def run_id_of(dag_id: str, dag_run_id: str) -> UUID:
    """Return under which id the ledger knows a run of Airflow; the same one at every try."""
    return uuid5(NAMESPACE_URL, f"{dag_id}/{dag_run_id}")


def asked_moment(now: datetime) -> datetime:
    """
    Return the moment that stands for a run that is asked for: never one of a schedule.

    Schedules run at whole minutes.

    >>> asked_moment(datetime(2026, 3, 2, 12, 0, tzinfo=UTC)).isoformat()
    '2026-03-02T12:00:00.000001+00:00'
    """
    return now.astimezone(UTC).replace(microsecond=now.microsecond // 1000 * 1000 + 1)


def is_asked_for(moment: datetime) -> bool:
    """Say whether a run for a moment is one that somebody has asked for."""
    return bool(moment.second or moment.microsecond)


def asked_run_id(moment: datetime) -> str:
    """
    Return the id, in Airflow, of a run that is asked for; it follows from the moment alone.

    >>> asked_run_id(datetime(2026, 3, 2, 12, 0, 7, 5001, tzinfo=UTC))
    'asked__20260302T120007005001'
    """
    return f"{_ASKED}{moment.astimezone(UTC):%Y%m%dT%H%M%S%f}"


def is_asked_run_id(dag_run_id: str) -> bool:
    """
    Say whether a run of Airflow is one that somebody has asked for, by its id there.

    >>> is_asked_run_id("asked__20260302T120007005001"), is_asked_run_id("scheduled__2026-03-02")
    (True, False)
    """
    return dag_run_id.startswith(_ASKED)
