-- Take back that a run was asked for, as long as it has not begun.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.ask_run
-- Spec        D6.2
--
-- Parameters
--   run_id        uuid  the run
--   withdrawn_by  text  who takes it back
--
-- Writes      one row of data_sync.request
-- Repeatable  yes: the second call finds nothing

update data_sync.request as request
set
    withdrawn_at = clock_timestamp(),
    withdrawn_by = %(withdrawn_by)s
where request.run_id = %(run_id)s
    and request.withdrawn_at is null
    and not exists (
        select from data_sync.run as run
        where run.run_id = request.run_id
    );
