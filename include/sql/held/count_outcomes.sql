-- Count what became of the changes of a set.
--
-- Runs on     patron database, read-only
-- Used by     steps.apply_held_changes
-- Spec        X2, X4
--
-- Parameters
--   held_set_id  uuid   the set
--
-- Returns     state, reason, changes; ordered
-- Repeatable  yes: reads only

select
    plan.state,
    plan.outcome_reason as reason,
    count(*) as changes
from patron_sync.plan as plan
where plan.held_set_id = %(held_set_id)s
group by plan.state, plan.outcome_reason
order by plan.state, plan.outcome_reason;
