-- Write down that a run is taken back, and by whom.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.undo_sync
-- Spec        X7
--
-- Parameters
--   run_id     uuid  the run
--   undone_by  text  who
--
-- Writes      one row of data_sync.run
-- Repeatable  yes: the last call counts

update data_sync.run
set
    undone_by = %(undone_by)s,
    undone_at = clock_timestamp()
where run_id = %(run_id)s;
