"""The demo: both jobs on invented patrons, a real database, a real registry server, and Airflow."""
