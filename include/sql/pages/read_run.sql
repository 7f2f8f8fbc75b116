-- Describe a run as its page shows it.
--
-- Runs on     patron database, read-only
-- Used by     web.run_facts
-- Spec        X4, X9
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     run_id, flow, is_full, is_dry_run, state, plan_id, config_digest, asked_by,
--             started_at, finished_at, reconciliation_id, config_before (digest of the run before;
--             null if it was the first); no row if there is no such run
-- Repeatable  yes: reads only

select
    run.run_id,
    run.flow,
    run.is_full,
    run.is_dry_run,
    run.state,
    run.plan_id,
    run.config_digest,
    run.asked_by,
    run.started_at,
    run.finished_at,
    run.reconciliation_id,
    (
        select earlier.config_digest
        from patron_sync.run as earlier
        where earlier.started_at < run.started_at
        order by earlier.started_at desc
        limit 1
    ) as config_before
from patron_sync.run as run
where run.run_id = %(run_id)s;
