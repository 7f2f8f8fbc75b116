"""A person who answers Airflow's required actions over its own API, while a DAG run waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

_WITHIN_S = 60.0
_STEP_S = 0.2


@contextmanager
def somebody_answers(dag_id: str, option: str, *, user: str) -> Iterator[list[Any]]:
    """Answer the one open question of a DAG as soon as it is asked; gives the HTTP answers."""
    answers: list[Any] = []
    client, headers = _client(user)
    ended = threading.Event()

    def wait_and_answer() -> None:
        deadline = time.monotonic() + _WITHIN_S
        while time.monotonic() < deadline and not ended.wait(_STEP_S):
            if (place := _open_question(dag_id)) is not None:
                answers.append(client.patch(
                    f"/api/v2/dags/{dag_id}/dagRuns/{place[0]}/taskInstances/{place[1]}/-1"
                    "/hitlDetails",
                    json={"chosen_options": [option], "params_input": {}}, headers=headers,
                ))  # fmt: skip
                return

    person = threading.Thread(target=wait_and_answer, name="a person", daemon=True)
    person.start()
    try:
        yield answers
    finally:
        ended.set()
        person.join()


def _client(user: str) -> tuple[Any, dict[str, str]]:
    """Return the API server without a socket, and what signs a user of its own in."""
    from airflow.api_fastapi.app import create_app, get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from fastapi.testclient import TestClient

    app = create_app(apps="core")
    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=user, role="op"))
    return TestClient(app), {"Authorization": f"Bearer {token}"}


def _open_question(dag_id: str) -> tuple[str, str] | None:
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session

    with create_session() as session:
        row = session.execute(
            select(TaskInstance.run_id, TaskInstance.task_id).where(
                TaskInstance.dag_id == dag_id, TaskInstance.state == "awaiting_input"
            )
        ).first()
        return None if row is None else (row.run_id, row.task_id)
