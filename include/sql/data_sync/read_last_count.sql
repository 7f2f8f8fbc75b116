-- Read how many records the last completed run of the same source and filter has read.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.guard_plan
-- Spec        X2
--
-- Parameters
--   run_id  uuid  the run
--
-- Returns     read_count of that run; no row if there was none
-- Repeatable  yes: reads only

select before.read_count
from data_sync.run as run
inner join data_sync.run as before
    on run.name = before.name
    and run.digest = before.digest
    and run.run_id <> before.run_id
where run.run_id = %(run_id)s
    and before.state = 'succeeded'
    and not before.is_dry_run
order by before.started_at desc
limit 1;
