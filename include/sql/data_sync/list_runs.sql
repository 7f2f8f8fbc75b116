-- List the runs of a data sync, the newest first.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.list_results
-- Spec        D5, D6.1
--
-- Parameters
--   name  text     name of the definition
--   most  integer  runs at most
--
-- Returns     run_id, version, state, stage, is_dry_run, asked_by, started_at, finished_at,
--             read_count, account, failure_code, failure_detail
-- Repeatable  yes: reads only

select
    run.run_id,
    run.version,
    run.state,
    run.stage,
    run.is_dry_run,
    run.asked_by,
    run.started_at,
    run.finished_at,
    run.read_count,
    run.account,
    run.failure_code,
    run.failure_detail
from data_sync.run as run
where run.name = %(name)s
order by run.started_at desc
limit %(most)s;
