"""An Airflow Connection becomes a client, keys, or the ledger."""
