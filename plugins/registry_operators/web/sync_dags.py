"""
What Airflow knows of the DAGs of data syncs, and how it is asked to begin or repeat a run.

The pages are part of Airflow's API server, so they use the same models as its own REST API. Nothing
runs here: a run is a row that the scheduler takes up.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from airflow.api.common.trigger_dag import trigger_dag
from airflow.exceptions import DagRunAlreadyExists
from airflow.models.connection import Connection
from airflow.models.dag import DagModel, DagTag
from airflow.models.dagbag import DBDagBag
from airflow.models.dagrun import DagRun
from airflow.utils.session import create_session
from airflow.utils.types import DagRunTriggeredByType
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from registry_operators.domain.sync.sync_dag import dag_id_of, run_id_of
from registry_operators.errors import DecisionRefusedError, UnavailableError
from registry_operators.steps.data_sync.ask_run import AskedRun

_ILS_TYPES = frozenset({"http", "https", "postgres"})
_OURS = frozenset({"patron_db", "patron_sync_keys"})
_RUNS_LOOKED_AT = 500
_VERSION = "version "


@dataclass(frozen=True, slots=True)
class SyncDag:
    """
    The DAG of a data sync as Airflow knows it.

    :param version: The version of the data sync that the next run would have; ``None`` where
        Airflow has not seen the DAG yet, or sees it no more.
    """

    version: int | None
    is_paused: bool = False
    has_import_error: bool = False


@dataclass(frozen=True, slots=True)
class AirflowRun:
    """
    A run in Airflow.

    :param state: ``queued``, ``running``, ``success`` or ``failed``.
    """

    dag_id: str
    dag_run_id: str
    state: str


def look_at_dag(name: str) -> SyncDag:
    """
    Return what Airflow knows of a data sync.

    :raises UnavailableError: Airflow's database does not answer.
    """
    with _airflow() as session:
        model = session.get(DagModel, dag_id_of(name))
        if model is None:
            return SyncDag(None)
        tags = session.scalars(select(DagTag.name).where(DagTag.dag_id == model.dag_id)).all()
        return SyncDag(
            None if model.is_stale else _version_in(tags),
            bool(model.is_paused),
            bool(model.has_import_errors),
        )


def begin(asked: AskedRun) -> bool:
    """
    Make a run in Airflow that somebody has asked for, if Airflow knows the version already.

    May be repeated: a run that is there is not made twice, by its id and its logical date, which
    are those that the schedule of the DAG would give it.

    :return: Whether Airflow has the run now; otherwise its schedule makes it, once it is seen.
    :raises UnavailableError: Airflow's database does not answer; the schedule makes the run.
    """
    with _airflow() as session:
        model = session.get(DagModel, asked.dag_id)
        if model is None or model.is_stale or model.has_import_errors:
            return False
        dag = DBDagBag().get_latest_version_of_dag(asked.dag_id, session=session)
        tags = session.scalars(select(DagTag.name).where(DagTag.dag_id == asked.dag_id)).all()
        # The two are written one after the other.
        known = () if dag is None else (_version_in(dag.tags), _version_in(tags))
        if known != (asked.version, asked.version):
            return False
        with suppress(DagRunAlreadyExists):
            trigger_dag(
                asked.dag_id,
                triggered_by=DagRunTriggeredByType.UI,
                triggering_user_name=asked.asked_by,
                run_id=asked.dag_run_id,
                run_after=datetime.now(UTC),
                logical_date=asked.asked_at,
                replace_microseconds=False,
                conf={"dry_run": True} if asked.is_dry_run else None,
                session=session,
            )
    return True


def find_run(name: str, run_id: UUID) -> AirflowRun | None:
    """
    Return a run of a data sync as Airflow has it, ``None`` where it was not made there.

    :raises UnavailableError: Airflow's database does not answer.
    """
    dag_id = dag_id_of(name)
    with _airflow() as session:
        rows = session.execute(
            select(DagRun.run_id, DagRun.state)
            .where(DagRun.dag_id == dag_id)
            .order_by(DagRun.id.desc())
            .limit(_RUNS_LOOKED_AT)
        )
        for dag_run_id, state in rows:
            if run_id_of(dag_id, dag_run_id) == run_id:
                return AirflowRun(dag_id, dag_run_id, str(getattr(state, "value", state)))
    return None


def repeat(name: str, run_id: UUID) -> None:
    """
    Let Airflow go through a run that has failed once more; each task goes on where it stood.

    :raises DecisionRefusedError: Airflow does not have the run, or it goes on.
    :raises UnavailableError: Airflow's database does not answer.
    """
    found = find_run(name, run_id)
    if found is None:
        raise DecisionRefusedError(
            f"Airflow has no run {run_id}; at a terminal patron-sync sync run {name} --resume "
            f"{run_id} goes on with it"
        )
    if found.state in {"queued", "running"}:
        raise DecisionRefusedError(f"run {run_id} goes on already")
    with _airflow() as session:
        dag_run = session.scalar(
            select(DagRun).where(DagRun.dag_id == found.dag_id, DagRun.run_id == found.dag_run_id)
        )
        dag = None if dag_run is None else DBDagBag().get_dag_for_run(dag_run, session=session)
        if dag is None:
            raise DecisionRefusedError(
                f"Airflow does not know the DAG of {name} any more; publish the data sync again"
            )
        dag.clear(run_id=found.dag_run_id, session=session)


def connection_ids() -> list[str]:
    """
    Return the Connections that may be library systems, by their ids, in order.

    Those of a secrets backend cannot be listed; whoever knows their ids can type them.

    :raises UnavailableError: Airflow's database does not answer.
    """
    with _airflow() as session:
        stored = session.execute(select(Connection.conn_id, Connection.conn_type)).all()
    named = {conn_id for conn_id, conn_type in stored if conn_type in _ILS_TYPES}
    prefix = "AIRFLOW_CONN_"
    named |= {name.removeprefix(prefix).lower() for name in os.environ if name.startswith(prefix)}
    return sorted(one for one in named - _OURS if not one.startswith("registry_"))


@contextmanager
def _airflow() -> Iterator[Session]:
    """Give a session with Airflow's database; what it refuses is told without its statements."""
    try:
        with create_session() as session:
            yield session
    except SQLAlchemyError as error:
        raise UnavailableError(
            f"Airflow's database does not answer ({type(error).__name__})"
        ) from None


def _version_in(tags: object) -> int | None:
    """Return which version of the data sync a DAG stands for, as its tags say."""
    listed = tags if isinstance(tags, set | frozenset | list | tuple) else ()
    numbers = [str(tag).removeprefix(_VERSION) for tag in listed if str(tag).startswith(_VERSION)]
    return next((int(one) for one in numbers if one.isdigit()), None)
