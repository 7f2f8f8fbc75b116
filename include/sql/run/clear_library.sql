-- Remove what an interrupted reading of one library left in the staging area.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.stage_registry_changes, steps.stage_cicero_changes
-- Spec        N4.1
--
-- Parameters
--   run_id   uuid   the run
--   library  text   agency code
--
-- Writes      patron_sync.staged_patron
-- Repeatable  yes: the second call finds nothing

delete from patron_sync.staged_patron
where run_id = %(run_id)s
    and library = %(library)s;
