"""Published data syncs as Airflow sees them: one DAG file each, versioned."""
