-- Read a published document of a data sync.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.definitions
-- Spec        X11
--
-- Parameters
--   name     text     name of the definition
--   version  integer  a version; null for the one that runs
--
-- Returns     name, version, text, digest; no row where that version was never published
-- Repeatable  yes: reads only

select
    published.name,
    published.version,
    published.text,
    published.digest
from data_sync.definition_version as published
left join data_sync.definition as definition on published.name = definition.name
where published.name = %(name)s
    and published.version = coalesce(%(version)s::integer, definition.published_version);
