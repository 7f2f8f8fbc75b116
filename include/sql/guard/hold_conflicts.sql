-- Gather the conflicts of a library that wait for a person into one set.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.guard_changes
-- Spec        X2, X3
--
-- Parameters
--   run_id       uuid   the run
--   library      text   agency code
--   held_set_id  uuid   the set that they wait with
--
-- Writes      patron_sync.plan, held rows without a set
-- Repeatable  yes: a row that has a set keeps it

update patron_sync.plan as plan
set held_set_id = %(held_set_id)s
where plan.run_id = %(run_id)s
    and plan.library = %(library)s
    and plan.state = 'held'
    and plan.held_set_id is null;
