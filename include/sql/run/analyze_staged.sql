-- Let the planner know how many rows of a run are staged, and what they look like.
--
-- Runs on     patron database, read-write, a transaction of its own: it waits for any other
--             analyze of the table, which a longer transaction would make last
-- Used by     steps.filter_consent
-- Spec        N4.1
--
-- Parameters  none
--
-- Writes      statistics of run_library and staged_patron in patron_sync; without them a run
--             that the tables have not seen yet is taken for one row, and joined row by row
-- Repeatable  yes: reads a sample anew

analyze
patron_sync.run_library (run_id, library),
patron_sync.staged_patron (run_id, library, record_no, patron_id, person_key);
