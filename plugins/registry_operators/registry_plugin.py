"""What Airflow registers of the synchroniser."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin


class PatronSyncPlugin(AirflowPlugin):
    """A name in Airflow's list of plugins; pages and links are added to it."""

    name = "patron_sync"
