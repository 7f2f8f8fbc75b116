-- List what some runs planned for some patrons, and what became of it.
--
-- Runs on     patron database, read-only
-- Used by     steps.explain_patron, steps.rehearse_patron
-- Spec        X6
--
-- Parameters
--   run_ids     uuid[]     the runs
--   patron_ids  bigint[]   the patrons
--
-- Returns     run_id, library, record_no, field, target, action, rule, is_conflict, state,
--             outcome_reason; ordered by run, library and record, the relation first
-- Repeatable  yes: reads only

select
    plan.run_id,
    plan.library,
    plan.record_no,
    plan.field,
    plan.target,
    plan.action,
    plan.reason as rule,
    plan.is_conflict,
    plan.state,
    plan.outcome_reason
from patron_sync.plan as plan
where plan.patron_id = any(%(patron_ids)s::bigint[])
    and plan.run_id = any(%(run_ids)s)
order by
    plan.run_id asc, plan.library asc, plan.record_no asc, plan.field desc, plan.target asc;
