-- Write down how bad the share of failing records of a library is.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.guard_changes
-- Spec        X2
--
-- Parameters
--   run_id   uuid   the run
--   library  text   agency code
--   alarm    text   none, warn, critical or stop
--
-- Writes      one row of patron_sync.run_library
-- Repeatable  yes: the second call writes the same

update patron_sync.run_library
set alarm = %(alarm)s
where run_id = %(run_id)s
    and library = %(library)s;
