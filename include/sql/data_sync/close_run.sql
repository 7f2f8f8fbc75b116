-- End a run with its account.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.report_sync
-- Spec        X4, D6.1
--
-- Parameters
--   run_id   uuid   the run
--   state    text   succeeded, failed or held
--   account  jsonb  what became of the records
--   code     text   error code, or null
--   detail   text   a sentence, or null
--
-- Writes      one row of data_sync.run
-- Repeatable  yes: the same again

update data_sync.run
set
    state = %(state)s,
    stage = 'done',
    account = %(account)s,
    failure_code = %(code)s,
    failure_detail = %(detail)s,
    finished_at = clock_timestamp()
where run_id = %(run_id)s;
