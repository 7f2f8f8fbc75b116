-- Write down that a run that was asked for has been made in Airflow.
--
-- Runs on     patron database, read-write
-- Used by     steps.data_sync.ask_run
-- Spec        D4.3
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      one row of data_sync.request
-- Repeatable  yes: the first time stays

update data_sync.request
set handed_over_at = clock_timestamp()
where run_id = %(run_id)s
    and handed_over_at is null;
