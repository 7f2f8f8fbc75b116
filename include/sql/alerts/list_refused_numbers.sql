-- Count the patrons whose number the registry has not reserved for their library.
--
-- Runs on     patron database, read-only
-- Used by     steps.alerts.find_alerts
-- Spec        N2.6
--
-- Parameters
--   libraries  text[]   agency codes that are enabled
--
-- Returns     library, patrons; ordered by library
-- Repeatable  yes: reads only

select
    pending.library,
    count(*) as patrons
from patron_sync.pending as pending
where pending.reason = 'NUMBER_NOT_RESERVED'
    and pending.library = any(%(libraries)s)
group by pending.library
order by pending.library;
