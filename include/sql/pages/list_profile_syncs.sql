-- List the data syncs that have ever run, also those that are deleted.
--
-- Runs on     patron database, read-only
-- Used by     web.views.profiles
-- Spec        D5.1
--
-- Parameters  none
--
-- Returns     name; in order
-- Repeatable  yes: reads only

select distinct run.name
from data_sync.run as run
where not run.is_dry_run
order by run.name;
