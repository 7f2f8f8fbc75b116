-- Write down how a run ended.
--
-- Runs on     patron database, read-write
-- Used by     steps.close_run
-- Spec        N4.2
--
-- Parameters
--   run_id  uuid   the run
--   state   text   succeeded or failed
--
-- Writes      one row of patron_sync.run
-- Repeatable  yes: the second call writes the state of that moment

update patron_sync.run
set
    finished_at = clock_timestamp(),
    state = %(state)s
where run_id = %(run_id)s;
