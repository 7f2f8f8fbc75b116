-- Write down what a person decided on the held changes of a run.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.decide_sync
-- Spec        X2
--
-- Parameters
--   run_id      uuid  the run
--   decision    text  approved or rejected
--   decided_by  text  who
--
-- Writes      one row of data_sync.run
-- Repeatable  yes: the first decision stays

update data_sync.run
set
    decision = %(decision)s,
    decided_by = %(decided_by)s,
    decided_at = clock_timestamp()
where run_id = %(run_id)s
    and decision is null;
