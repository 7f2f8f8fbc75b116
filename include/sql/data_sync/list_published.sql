-- List the published data syncs, with the document that runs.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.published
-- Spec        X11, D4, D4.3
--
-- Parameters  none
--
-- Returns     name, version, text, since (no run is made for a time before it), is_cancelled (off
--             its schedule), asked (moments at which people have asked for a run that Airflow has
--             not been given); in order of their names
-- Repeatable  yes: reads only

select
    published.name,
    published.version,
    published.text,
    coalesce(definition.scheduled_at, published.published_at) as since,
    definition.cancelled_at is not null as is_cancelled,
    coalesce(asked.runs, '[]'::jsonb) as asked
from data_sync.definition as definition
inner join data_sync.definition_version as published
    on definition.name = published.name
    and definition.published_version = published.version
left join lateral ( -- noqa: ST05
    select jsonb_agg(
        request.asked_at
        order by request.asked_at
    ) as runs
    from data_sync.request as request
    where request.name = definition.name
        and request.handed_over_at is null
        and request.withdrawn_at is null
        and request.asked_at >= clock_timestamp() - interval '1 day'
        and not exists (
            select from data_sync.run as run
            where run.run_id = request.run_id
        )
) as asked on true
order by published.name;
