-- List the documents that a version of the DAG bundle stands for.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.published
-- Spec        X11
--
-- Parameters
--   version  text  version of the bundle
--
-- Returns     name, version, text, since, is_cancelled, asked, as they were; in order of their
--             names
-- Repeatable  yes: reads only

select
    published.name,
    published.version,
    published.text,
    (document.entry ->> 'since')::timestamptz as since,
    (document.entry ->> 'is_cancelled')::boolean as is_cancelled,
    coalesce(document.entry -> 'asked', '[]'::jsonb) as asked
from data_sync.bundle_version as bundle
cross join jsonb_each(bundle.documents) as document (name, entry)
inner join data_sync.definition_version as published
    on document.name = published.name
    and (document.entry ->> 'version')::integer = published.version
where bundle.version = %(version)s
order by published.name;
