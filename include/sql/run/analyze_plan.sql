-- Let the planner know how many rows the plan of a run has.
--
-- Runs on     patron database, read-write, a transaction of its own: it waits for any other
--             analyze of the table, which a longer transaction would make last
-- Used by     steps.plan_changes
-- Spec        N4.1
--
-- Parameters  none
--
-- Writes      statistics of patron_sync.plan; without them a run that the table has not seen
--             yet is taken for one row, and joins for nested loops
-- Repeatable  yes: reads a sample anew

analyze patron_sync.plan (
    run_id, library, record_no, field, target, patron_id, person_key, held_set_id, state
);
