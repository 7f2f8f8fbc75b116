-- Take all libraries of a run that stand at one stage to the next.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     every step that works on all libraries at once
-- Spec        N4.1
--
-- Parameters
--   run_id      uuid   the run
--   from_stage  text   where they stand
--   to_stage    text   where they go
--
-- Writes      patron_sync.run_library
-- Repeatable  yes: libraries that have moved on are not touched

update patron_sync.run_library
set stage = %(to_stage)s
where run_id = %(run_id)s
    and stage = %(from_stage)s;
