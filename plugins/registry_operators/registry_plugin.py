"""What Airflow registers of the synchroniser."""

from __future__ import annotations

from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from registry_operators.bundles.sync_timetable import DataSyncTimetable
from registry_operators.run_link import RUN_VIEW, PatronSyncLink

_PREFIX = "/patron-sync"


class PatronSyncPlugin(AirflowPlugin):
    """
    A name in Airflow's list of plugins; the schedule of data syncs, pages and links.

    Every process of Airflow loads it, each task too; the pages are imported only where the API
    server asks for its apps.
    """

    name = "patron_sync"
    timetables = [DataSyncTimetable]  # noqa: RUF012  Airflow's base class has it so
    external_views = [  # noqa: RUF012
        {
            "name": "Patron sync",
            # No slash before it: Airflow may be served below a path.
            "href": "patron-sync/",
            "url_route": "patron-sync",
            "destination": "nav",
            "nav_top_level": True,
        },
        {
            "name": "Patron sync",
            "href": "patron-sync/runs/by-airflow?dag={DAG_ID}&run={RUN_ID}",
            "url_route": RUN_VIEW,
            "destination": "dag_run",
        },
    ]
    operator_extra_links = [PatronSyncLink()]  # noqa: RUF012
    _apps: ClassVar[list[dict[str, Any]]] = []

    @property
    def fastapi_apps(self) -> list[dict[str, Any]]:  # type: ignore[override]
        """The pages, made when they are first asked for."""
        if not self._apps:
            from registry_operators.web.app import airflow_app

            self._apps.append({"app": airflow_app(), "url_prefix": _PREFIX, "name": "Patron sync"})
        return self._apps
