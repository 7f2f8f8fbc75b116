-- Describe a run.
--
-- Runs on     patron database, read-only
-- Used by     every step
-- Spec        N4.1
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     flow, is_full, is_dry_run, state, plan_id, started_at, finished_at,
--             reconciliation_id
-- Repeatable  yes: reads only

select
    run.flow,
    run.is_full,
    run.is_dry_run,
    run.state,
    run.plan_id,
    run.started_at,
    run.finished_at,
    run.reconciliation_id
from patron_sync.run as run
where run.run_id = %(run_id)s;
