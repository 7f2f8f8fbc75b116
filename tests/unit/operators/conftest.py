"""Operators need Airflow's environment before they are imported."""

from tests import airflow_home  # noqa: F401
