-- Read one run of a data sync.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync
-- Spec        D5
--
-- Parameters
--   run_id  uuid  the run
--
-- Returns     the columns of data_sync.run but who decided and when; no row if there is no such run
-- Repeatable  yes: reads only

select
    run.run_id,
    run.name,
    run.version,
    run.digest,
    run.source,
    run.ils,
    run.type,
    run.profile_type,
    run.empty_fields,
    run.incorrect_values,
    run.errors,
    run.match_on,
    run.required,
    run.is_dry_run,
    run.asked_by,
    run.stage,
    run.state,
    run.page_cursor,
    run.read_count,
    run.unchanged_count,
    run.loaded_through,
    run.plan_id,
    run.account,
    run.failure_code,
    run.failure_detail,
    run.decision,
    run.undone_at,
    run.staging_gone_at,
    run.values_gone_at,
    run.records_gone_at,
    run.started_at,
    run.finished_at
from data_sync.run as run
where run.run_id = %(run_id)s;
