"""The gate through which tasks hand values to each other."""

from __future__ import annotations

from typing import Any

from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.exceptions import AirflowFailException

from registry_operators.domain.airflow_values import is_answer, refused_part
from registry_operators.errors import SyncError

_ASKING = ("apply_held_changes", "ask")


class HarmlessXCom(BaseXCom):
    """
    Airflow's own XCom, which refuses everything but numbers, known words, codes and ids.

    Set as ``[core] xcom_backend``. A task that hands over anything else fails and is not retried,
    before anything reaches Airflow's database. What a person answered to a held set passes from
    that one task, with the name of the member of staff.

    Spec: X8.
    """

    @staticmethod
    def serialize_value(
        value: Any,
        *,
        key: str | None = None,
        task_id: str | None = None,
        dag_id: str | None = None,
        run_id: str | None = None,
        map_index: int | None = None,
    ) -> Any:
        """
        Serialise a harmless value as Airflow does.

        :raises AirflowFailException: It holds something else; the message says where, not what.
        """
        is_from_staff = (dag_id, task_id) == _ASKING and is_answer(value)
        place = None if is_from_staff else refused_part(_without_address(value), _codes())
        if place is not None:
            raise AirflowFailException(
                f"XCOM_REFUSED: task {task_id} hands over something that Airflow may not keep "
                f"({place}); only numbers, ids and known words pass, see "
                "registry_operators/domain/airflow_values.py"
            ) from None
        return BaseXCom.serialize_value(
            value, key=key, task_id=task_id, dag_id=dag_id, run_id=run_id, map_index=map_index
        )


def _without_address(value: Any) -> Any:
    """Take Airflow's own address off a link to one of its pages."""
    from airflow.sdk.configuration import conf

    address = conf.get("api", "base_url", fallback="/").rstrip("/")
    is_link = isinstance(value, str) and value.startswith(f"{address}/dags/")
    return value.removeprefix(address) if is_link else value


def _codes() -> frozenset[str]:
    """Return the codes by which a library's failure is named."""
    found: set[str] = set()
    classes: list[type[SyncError]] = [SyncError]
    while classes:
        one = classes.pop()
        found.add(one.code)
        classes += one.__subclasses__()
    return frozenset(found)
