-- Write down that what was to be taken back of a run is taken back.
--
-- Runs on     patron database, read-write, the transaction of one batch
-- Used by     steps.data_sync.undo_sync, after the profiles are written
-- Spec        X7
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      data_sync.reversal
-- Repeatable  yes: the second call finds nothing

update data_sync.reversal
set state = 'reversed'
where run_id = %(run_id)s
    and state = 'planned';
