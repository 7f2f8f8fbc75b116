"""Run DAGs through Airflow in one process and tell of each as a line of JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from registry_operators.domain.alerts import DAG_OF_FLOW

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag


def main(flows: list[str], events: int) -> None:
    """
    Run the DAG of each flow, one after the other, with ``dag.test()``.

    :param events: File descriptor that gets one line of JSON when a DAG run begins and ends.
    """
    from airflow.dag_processing.dagbag import BundleDagBag

    folder = os.environ["AIRFLOW__CORE__DAGS_FOLDER"]
    with os.fdopen(events, "w", encoding="utf-8", buffering=1) as out:

        def tell(**event: object) -> None:
            out.write(json.dumps(event) + "\n")

        tell(event="loading")
        bag = BundleDagBag(dag_folder=folder, bundle_path=Path(folder), bundle_name="dags-folder")
        for path, problem in bag.import_errors.items():
            sys.exit(f"{path}: {problem}")
        drop_deadlines(bag)
        for flow in flows:
            dag_id = DAG_OF_FLOW[flow]
            tell(event="begins", flow=flow, dag_id=dag_id)
            dag_run = bag.dags[dag_id].test()
            tasks = {
                f"{task.task_id}[{task.map_index}]": str(task.state)
                for task in dag_run.get_task_instances()
            }
            run_id = str(uuid5(NAMESPACE_URL, f"{dag_id}/{dag_run.run_id}"))
            tell(event="ends", flow=flow, run_id=run_id, state=str(dag_run.state), tasks=tasks)


def drop_deadlines(bag: DagBag) -> None:
    """
    Take the deadlines from DAGs that are to run in this process.

    At the end of a run Airflow 3.3 looks for the stored deadlines of a DAG, and ``dag.test()``
    gives it the DAG as it stands in the file, which breaks. Without a scheduler nobody would look
    at a deadline anyway.
    """
    for dag in bag.dags.values():
        dag.deadline = None


if __name__ == "__main__":
    main(sys.argv[2:], int(sys.argv[1]))
