-- Read the document of a data sync, and let nobody else change it meanwhile.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.drafts, steps.data_sync.ask_run
-- Spec        D1.7, X11
--
-- Parameters
--   name  text  name of the definition
--
-- Returns     name, text, version, published_version, saved_at, saved_by, cancelled_at, and
--             read_at, the present moment; no row if there is none
-- Repeatable  yes: the lock is held already

select
    definition.name,
    definition.text,
    definition.version,
    definition.published_version,
    definition.saved_at,
    definition.saved_by,
    definition.cancelled_at,
    clock_timestamp() as read_at
from data_sync.definition as definition
where definition.name = %(name)s
for update of definition;
