-- Compare what a full run read with what the full run before it read.
--
-- Runs on     patron database, read-only
-- Used by     steps.guard_changes
-- Spec        X2
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     library, now_count, before_count; libraries that are planned and were read as a whole
--             by an earlier run that was completed, ordered
-- Repeatable  yes: reads only

select
    lib.library,
    lib.read_count as now_count,
    (
        select earlier_lib.read_count
        from patron_sync.run as earlier
        inner join patron_sync.run_library as earlier_lib on earlier.run_id = earlier_lib.run_id
        where earlier.flow = run.flow
            and earlier.started_at < run.started_at
            and earlier_lib.library = lib.library
            and earlier_lib.stage = 'done'
            and earlier_lib.is_whole
        order by earlier.started_at desc
        limit 1
    ) as before_count
from patron_sync.run as run
inner join patron_sync.run_library as lib on run.run_id = lib.run_id
where run.run_id = %(run_id)s
    and lib.stage = 'planned'
    and lib.is_whole
order by lib.library;
