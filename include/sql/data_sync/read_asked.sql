-- Read one run that somebody has asked for.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.ask_run
-- Spec        D4.3
--
-- Parameters
--   run_id  uuid  the run
--
-- Returns     run_id, name, version, dag_run_id, is_dry_run, asked_by, asked_at, handed_over_at,
--             withdrawn_at, withdrawn_by, has_begun, is_too_old; no row if nobody asked for it
-- Repeatable  yes: reads only

select
    request.run_id,
    request.name,
    request.version,
    request.dag_run_id,
    request.is_dry_run,
    request.asked_by,
    request.asked_at,
    request.handed_over_at,
    request.withdrawn_at,
    request.withdrawn_by,
    exists(
        select from data_sync.run as run
        where run.run_id = request.run_id
    ) as has_begun,
    request.asked_at < clock_timestamp() - interval '1 day' as is_too_old
from data_sync.request as request
where request.run_id = %(run_id)s;
