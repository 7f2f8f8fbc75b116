-- List what a run planned for some of its records, and what became of it.
--
-- Runs on     patron database, read-only
-- Used by     steps.list_records
-- Spec        X4
--
-- Parameters
--   run_id      uuid       the run
--   libraries   text[]     agency code of each record
--   record_nos  integer[]  number of each record
--
-- Returns     library, record_no, field, target, action, rule, state, reason, is_conflict; ordered
--             by library and record, the relation first
-- Repeatable  yes: reads only

select
    plan.library,
    plan.record_no,
    plan.field,
    plan.target,
    plan.action,
    plan.reason as rule,
    plan.state,
    plan.outcome_reason as reason,
    plan.is_conflict
from unnest(%(libraries)s::text[], %(record_nos)s::integer[]) as asked (library, record_no)
inner join patron_sync.plan as plan
    on plan.run_id = %(run_id)s
    and asked.library = plan.library
    and asked.record_no = plan.record_no
order by plan.library asc, plan.record_no asc, plan.field desc, plan.target asc;
