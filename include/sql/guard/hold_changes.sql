-- Hold the planned changes of one kind at one library for a person's decision.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.guard_changes
-- Spec        X2
--
-- Parameters
--   run_id       uuid   the run
--   library      text   agency code
--   kind         text   kind of change, as in guarded_changes
--   held_set_id  uuid   the set that they wait with
--
-- Writes      patron_sync.plan, planned rows
-- Repeatable  yes: what is held is not planned any more

update patron_sync.plan as plan
set
    state = 'held',
    outcome_reason = 'LIMIT_EXCEEDED',
    held_set_id = %(held_set_id)s
from patron_sync.guarded_changes(%(run_id)s) as guarded
where guarded.library = %(library)s
    and guarded.kind = %(kind)s
    and plan.run_id = %(run_id)s
    and plan.library = guarded.library
    and plan.record_no = guarded.record_no
    and plan.field = guarded.field
    and plan.target = guarded.target
    and plan.state = 'planned';
