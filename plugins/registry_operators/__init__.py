"""The patron synchroniser: rules, engine, clients, and the Airflow operators on top of them."""
