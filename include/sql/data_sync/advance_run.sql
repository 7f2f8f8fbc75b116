-- Take a run to its next stage.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync
-- Spec        N4.1
--
-- Parameters
--   run_id      uuid  the run
--   from_stage  text  where it must stand
--   to_stage    text  where it goes
--
-- Writes      one row of data_sync.run
-- Repeatable  yes: the second call finds nothing

update data_sync.run
set stage = %(to_stage)s
where run_id = %(run_id)s
    and stage = %(from_stage)s;
