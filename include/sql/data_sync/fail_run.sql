-- Write down why a run ended before its end.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync
-- Spec        X4
--
-- Parameters
--   run_id  uuid  the run
--   code    text  error code
--   detail  text  a sentence without a value of a person
--
-- Writes      one row of data_sync.run
-- Repeatable  yes: the same again

update data_sync.run
set
    state = 'failed',
    failure_code = %(code)s,
    failure_detail = %(detail)s,
    finished_at = clock_timestamp()
where run_id = %(run_id)s
    and state = 'running';
