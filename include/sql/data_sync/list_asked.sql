-- List the runs of data syncs that somebody has asked for and that have not begun.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.ask_run
-- Spec        D4.3, D6.1
--
-- Parameters
--   name  text  name of the definition; null for all
--
-- Returns     run_id, name, version, dag_run_id, is_dry_run, asked_by, asked_at, handed_over_at,
--             withdrawn_at, withdrawn_by, has_begun, is_too_old; the newest first
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
    false as has_begun,
    false as is_too_old
from data_sync.request as request
where request.withdrawn_at is null
    and request.asked_at >= clock_timestamp() - interval '1 day'
    and (%(name)s::text is null or request.name = %(name)s)
    and not exists (
        select from data_sync.run as run
        where run.run_id = request.run_id
    )
order by request.asked_at desc, request.run_id asc;
