-- Save the document of a data sync.
--
-- Runs on     patron database, read-write
-- Used by     steps.data_sync.definitions
-- Spec        D1.7, X11
--
-- Parameters
--   name      text  name of the definition
--   text      text  the document as it was written
--   saved_by  text  who saved it
--
-- Writes      one row of data_sync.definition; another text is another version
-- Returns     version
-- Repeatable  yes: the same text keeps its version

insert into data_sync.definition as definition (name, text, version, saved_by)
select
    %(name)s,
    %(text)s,
    coalesce(max(published.version), 0) + 1,
    %(saved_by)s
from data_sync.definition_version as published
where published.name = %(name)s
on conflict (name) do update
    set
        version = definition.version + (definition.text <> excluded.text)::integer,
        text = excluded.text,
        saved_by = excluded.saved_by,
        saved_at = clock_timestamp()
returning version;
