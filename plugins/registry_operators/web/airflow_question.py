"""
Airflow's own question about a held set, answered for somebody who has decided on the page.

Both are one decision. An open question is closed with the same answer and name, and the task behind
it carries out what was approved, as if the answer had been given in Airflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from airflow.utils.session import create_session
from fastapi import HTTPException
from sqlalchemy.exc import SQLAlchemyError

from registry_operators.web.problems import log

DAG_ID = "apply_held_changes"
_ASK = "ask"
APPROVE, REJECT = "Approve", "Reject"


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of staff as Airflow's answer names one."""

    name: str

    def get_id(self) -> str:
        """Return the log-in name."""
        return self.name

    def get_name(self) -> str:
        """Return the log-in name."""
        return self.name


def answer_question(held_set_id: UUID, option: str, user: str) -> bool:
    """
    Answer the question about a set; ``False`` if Airflow has none that is open.

    A failure of Airflow's database is no failure of the decision, which stands in the ledger.

    :param option: ``Approve`` or ``Reject``.
    """
    from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
    from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail

    try:
        with create_session() as session:
            update_hitl_detail(
                dag_id=DAG_ID,
                dag_run_id=run_of(held_set_id),
                task_id=_ASK,
                update_hitl_detail_payload=UpdateHITLDetailPayload(
                    chosen_options=[option], params_input={}
                ),
                user=_Member(user),  # type: ignore[arg-type]
                session=session,
            )
    except HTTPException:  # not asked, not yet, or answered already
        return False
    except SQLAlchemyError as error:
        log.warning("question=%s %s", held_set_id, type(error).__name__)
        return False
    return True


def run_of(held_set_id: UUID) -> str:
    """Return the id of Airflow's run that asks about a set."""
    return f"held-{held_set_id}"
