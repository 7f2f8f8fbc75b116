-- List the published data syncs, with the document that runs.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.published
-- Spec        X11, D4
--
-- Parameters  none
--
-- Returns     name, version, text, since (no run is made for a time before it), is_cancelled (off
--             its schedule); in order of their names
-- Repeatable  yes: reads only

select
    published.name,
    published.version,
    published.text,
    coalesce(definition.scheduled_at, published.published_at) as since,
    definition.cancelled_at is not null as is_cancelled
from data_sync.definition as definition
inner join data_sync.definition_version as published
    on definition.name = published.name
    and definition.published_version = published.version
order by published.name;
