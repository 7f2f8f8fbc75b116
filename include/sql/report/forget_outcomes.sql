-- Remove the stored outcomes of some libraries of a run, before they are counted anew.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.report_run
-- Spec        X4
--
-- Parameters
--   run_id     uuid     the run
--   libraries  text[]   agency codes
--
-- Writes      deletes rows of patron_sync.outcome
-- Repeatable  yes: the second call finds nothing

delete from patron_sync.outcome
where run_id = %(run_id)s
    and library = any(%(libraries)s);
