-- Read the document of a data sync.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.definitions
-- Spec        X11
--
-- Parameters
--   name  text  name of the definition
--
-- Returns     name, text, version, published_version, saved_at, saved_by, cancelled_at; no row if
--             there is none
-- Repeatable  yes: reads only

select
    definition.name,
    definition.text,
    definition.version,
    definition.published_version,
    definition.saved_at,
    definition.saved_by,
    definition.cancelled_at
from data_sync.definition as definition
where definition.name = %(name)s;
