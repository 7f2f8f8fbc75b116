"""Ask for a run of a data sync, which Airflow then begins (spec D4.1, D4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from registry_operators.domain.sync.sync_dag import (
    asked_moment,
    asked_run_id,
    dag_id_of,
    is_asked_run_id,
    run_id_of,
)
from registry_operators.errors import ConfigurationError, DecisionRefusedError
from registry_operators.ledger.audit_trail import AuditTrail
from registry_operators.ledger.database import Ledger
from registry_operators.settings.data_sync import parse_definition
from registry_operators.settings.profile_fields import ProfileFields
from registry_operators.steps.data_sync.definitions import no_such_sync, read_published


@dataclass(frozen=True, slots=True)
class AskedRun:
    """
    A run that somebody has asked for.

    :param run_id: The id that the run has, or will have, in the ledger.
    :param version: The version that was published when it was asked for; the run itself takes the
        one that is published when Airflow begins it.
    :param dag_run_id: The id that the run has, or will have, in Airflow.
    :param handed_over_at: Aware; when it was made in Airflow at once. ``None`` while Airflow does
        not know the version: the schedule of the DAG then makes the run.
    :param has_begun: The ledger has the run.
    :param is_too_old: A day has passed; Airflow is not asked to begin it any more.
    """

    run_id: UUID
    name: str
    version: int
    dag_run_id: str
    is_dry_run: bool
    asked_by: str
    asked_at: datetime
    handed_over_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    has_begun: bool
    is_too_old: bool

    @property
    def dag_id(self) -> str:
        """The DAG to which the run belongs."""
        return dag_id_of(self.name)

    @property
    def is_waiting(self) -> bool:
        """Whether Airflow is still to begin it."""
        return self.withdrawn_at is None and not (self.has_begun or self.is_too_old)


def ask_for_run(
    ledger: Ledger, name: str, fields: ProfileFields, *, actor: str, is_dry_run: bool = False
) -> AskedRun:
    """
    Write down that somebody wants a data sync to run now; nothing runs yet.

    Whoever asks twice gets the run that waits already. Airflow takes it up by itself, see
    ``DataSyncTimetable``, or at once where :func:`hand_over` says so. One transaction.

    :raises ConfigurationError: There is no such sync, or it is not published or not correct.
    :raises DecisionRefusedError: It is running, or it is a recurring one, which only its schedule
        runs; a dry run of it can be asked for.
    """
    with ledger.transaction():
        version, now = _version_to_run(ledger, name)
        if waiting := [one for one in list_asked(ledger, name) if one.is_dry_run == is_dry_run]:
            return waiting[0]
        definition = parse_definition(read_published(ledger, name, version), fields)
        if definition.recurs and not is_dry_run:
            raise DecisionRefusedError(
                f"{name} is a recurring data sync, which only its schedule runs; reschedule it"
            )
        asked_at = asked_moment(now)
        dag_run_id = asked_run_id(asked_at)
        run_id = run_id_of(dag_id_of(name), dag_run_id)
        ledger.run(
            "data_sync/ask_run",
            run_id=run_id,
            name=name,
            version=version,
            dag_run_id=dag_run_id,
            is_dry_run=is_dry_run,
            asked_by=actor,
            asked_at=asked_at,
        )
        AuditTrail(ledger).append(
            "ask_sync",
            actor=actor,
            subject=f"{name} version {version}",
            note="dry run" if is_dry_run else None,
        )
        return _read(ledger, run_id)


def find_asked(ledger: Ledger, run_id: UUID) -> AskedRun | None:
    """Return a run that somebody has asked for, whatever became of it."""
    rows = ledger.rows("data_sync/read_asked", run_id=run_id)
    return AskedRun(**rows[0]._asdict()) if rows else None


def find_wanted(ledger: Ledger, run_id: UUID, dag_run_id: str) -> AskedRun | None:
    """
    Return what was asked for of a run that Airflow begins; ``None`` for any other run.

    :raises DecisionRefusedError: It was taken back, or asked for so long ago that nobody knows any
        more whether it was to write.
    """
    asked = find_asked(ledger, run_id)
    if asked is None and is_asked_run_id(dag_run_id):
        raise DecisionRefusedError(
            f"run {run_id} was asked for longer ago than retention.ledger_days; ask for a new one"
        )
    if asked is not None and asked.withdrawn_at is not None:
        raise DecisionRefusedError(
            f"run {run_id} was taken back by {asked.withdrawn_by} before it began"
        )
    return asked


def list_asked(ledger: Ledger, name: str | None = None) -> list[AskedRun]:
    """Return the runs that Airflow is still to begin, the newest first."""
    return [AskedRun(**row._asdict()) for row in ledger.rows("data_sync/list_asked", name=name)]


def hand_over(ledger: Ledger, run_id: UUID) -> None:
    """Write down that Airflow has the run, so that the DAG's schedule need not make it."""
    ledger.run("data_sync/hand_over", run_id=run_id)


def withdraw_run(ledger: Ledger, run_id: UUID, *, actor: str) -> None:
    """
    Take back that a run was asked for.

    A run that Airflow begins all the same, at the same moment, ends before it reads anything.

    :raises DecisionRefusedError: It has begun, or nobody asked for it.
    """
    with ledger.transaction():
        if not ledger.run("data_sync/withdraw_run", run_id=run_id, withdrawn_by=actor):
            raise DecisionRefusedError(
                f"run {run_id} has begun, or was taken back before; stop what runs in Airflow"
            )
        asked = _read(ledger, run_id)
        AuditTrail(ledger).append(
            "withdraw_sync", actor=actor, subject=f"{asked.name} version {asked.version}"
        )


def _version_to_run(ledger: Ledger, name: str) -> tuple[int, datetime]:
    """Return published version and moment; locked, so that two who ask at once get the same run."""
    rows = ledger.rows("data_sync/lock_definition", name=name)
    if not rows:
        raise no_such_sync(name)
    version: int | None = rows[0].published_version
    if version is None:
        raise ConfigurationError(f"data sync {name!r} is not published; publish it first")
    if any(row.state == "running" for row in ledger.rows("data_sync/list_runs", name=name, most=1)):
        raise DecisionRefusedError(f"{name} is running; wait until it has ended")
    return version, rows[0].read_at


def _read(ledger: Ledger, run_id: UUID) -> AskedRun:
    (row,) = ledger.rows("data_sync/read_asked", run_id=run_id)
    return AskedRun(**row._asdict())
