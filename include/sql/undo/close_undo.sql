-- Write down that a call to undo a run has come to its end.
--
-- Runs on     patron database, read-write
-- Used by     steps.undo_run
-- Spec        X7
--
-- Parameters
--   undo_id  uuid   the call
--
-- Writes      one row of patron_sync.undo
-- Repeatable  yes: the first end stays

update patron_sync.undo
set finished_at = coalesce(finished_at, clock_timestamp())
where undo_id = %(undo_id)s;
