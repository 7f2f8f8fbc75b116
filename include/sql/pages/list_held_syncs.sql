-- List the runs of data syncs that hold changes for a decision, the oldest first.
--
-- Runs on     patron database, read-only
-- Used by     web.views.held
-- Spec        X2
--
-- Parameters
--   expire_days  integer  so long can be decided
--
-- Returns     run_id, name, version, asked_by, started_at, expires_at, is_expired, records (those
--             held, as the run's account says)
-- Repeatable  yes: reads only

select
    run.run_id,
    run.name,
    run.version,
    run.asked_by,
    run.started_at,
    run.started_at + %(expire_days)s * interval '1 day' as expires_at,
    run.started_at + %(expire_days)s * interval '1 day' < clock_timestamp() as is_expired,
    (run.account ->> 'held')::integer as records
from data_sync.run as run
where run.state = 'held'
    and run.decision is null
order by run.started_at, run.run_id;
