-- Count the libraries whose part in a run was completed.
--
-- Runs on     patron database, read-only
-- Used by     steps.close_run.has_completed
-- Spec        N4.2
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     completed; one row
-- Repeatable  yes: reads only

select count(*) as completed
from patron_sync.run_library as lib
where lib.run_id = %(run_id)s
    and lib.stage = 'done';
