"""One outside system each: protocol, paging, retries and time-outs, without Airflow."""
