-- Find a later run of the same data sync that has written, or seen that nothing is to be written.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.guard_plan
-- Spec        X1
--
-- Parameters
--   run_id  uuid  the run
--
-- Returns     run_id of the last such run; no row if there is none
-- Repeatable  yes: reads only

select later.run_id
from data_sync.run as run
inner join data_sync.run as later
    on run.name = later.name
    and run.source = later.source
where run.run_id = %(run_id)s
    and later.started_at > run.started_at
    and not later.is_dry_run
    and (later.state in ('succeeded', 'held') or later.loaded_through > 0)
order by later.started_at desc
limit 1;
