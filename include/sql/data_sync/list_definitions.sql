-- List all data syncs with their last run.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.definitions
-- Spec        D6.1
--
-- Parameters  none
--
-- Returns     name, version, published_version, published_text (null of a draft), saved_at,
--             saved_by, cancelled_at, completed_at, last_run_id, last_state, last_started_at,
--             last_finished_at, last_account; in order of their names
-- Repeatable  yes: reads only

select
    definition.name,
    definition.version,
    definition.published_version,
    published.text as published_text,
    definition.saved_at,
    definition.saved_by,
    definition.cancelled_at,
    definition.completed_at,
    latest.run_id as last_run_id,
    latest.state as last_state,
    latest.started_at as last_started_at,
    latest.finished_at as last_finished_at,
    latest.account as last_account
from data_sync.definition as definition
left join data_sync.definition_version as published
    on definition.name = published.name
    and definition.published_version = published.version
left join lateral (
    select
        run.run_id,
        run.state,
        run.started_at,
        run.finished_at,
        run.account
    from data_sync.run as run
    where run.name = definition.name
        and not run.is_dry_run
    order by run.started_at desc
    limit 1
) as latest on true
order by definition.name;
