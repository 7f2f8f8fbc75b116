"""The engine: one function per step of a run, without Airflow."""
