-- Write down up to which record a plan has been written.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.load_profiles
-- Spec        D4.3, N4.1
--
-- Parameters
--   run_id      uuid     the run
--   through_no  integer  last record of the batch
--
-- Writes      one row of data_sync.run
-- Repeatable  yes: never goes back

update data_sync.run
set loaded_through = greatest(loaded_through, %(through_no)s)
where run_id = %(run_id)s;
