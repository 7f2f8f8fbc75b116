-- List what some runs planned for some patrons, and what became of it.
--
-- Runs on     patron database, read-only
-- Used by     steps.explain_patron, steps.rehearse_patron
-- Spec        X6, X7
--
-- Parameters
--   run_ids     uuid[]     the runs
--   patron_ids  bigint[]   the patrons
--
-- Returns     run_id, library, record_no, field, target, action, rule, is_conflict, state,
--             outcome_reason, undo_state (reversed, kept, failed, planned; null if nobody has
--             undone it), undo_reason, undone_at; ordered by run, library and record, the relation
--             first
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
    plan.outcome_reason,
    undone.state as undo_state,
    undone.reason as undo_reason,
    undone.settled_at as undone_at
from patron_sync.plan as plan
left join patron_sync.undo_change as undone
    on plan.run_id = undone.run_id
    and plan.library = undone.library
    and plan.record_no = undone.record_no
    and plan.field = undone.field
    and plan.target = undone.target
where plan.patron_id = any(%(patron_ids)s::bigint[])
    and plan.run_id = any(%(run_ids)s)
order by
    plan.run_id asc, plan.library asc, plan.record_no asc, plan.field desc, plan.target asc;
