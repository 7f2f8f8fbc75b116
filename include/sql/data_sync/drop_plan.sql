-- Drop the held changes of a run.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.decide_sync
-- Spec        X2
--
-- Parameters
--   run_id  uuid  the run
--   reason  text  REJECTED, EXPIRED or UNDONE
--
-- Writes      data_sync.plan
-- Repeatable  yes: the second call finds nothing

update data_sync.plan
set state = 'dropped', reason = %(reason)s
where run_id = %(run_id)s
    and state = 'held';
