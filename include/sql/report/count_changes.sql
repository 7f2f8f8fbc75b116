-- Count the changes of a run by kind and by what became of them.
--
-- Runs on     patron database, read-only
-- Used by     steps.plan_changes, steps.report_run, for the AUDIT lines
-- Spec        X1, N4.3
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     library, target, field, action, reason, state, outcome_reason, conflicts, changes
-- Repeatable  yes: reads only

select
    plan.library,
    plan.target,
    plan.field,
    plan.action,
    plan.reason,
    plan.state,
    plan.outcome_reason,
    count(*) filter (where plan.is_conflict) as conflicts,
    count(*) as changes
from patron_sync.plan as plan
where plan.run_id = %(run_id)s
group by
    plan.library, plan.target, plan.field, plan.action, plan.reason, plan.state,
    plan.outcome_reason
order by
    plan.library, plan.target, plan.field, plan.action, plan.reason, plan.state,
    plan.outcome_reason;
