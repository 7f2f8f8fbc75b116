"""The pages inside Airflow's UI; the only package that speaks HTML to people."""
