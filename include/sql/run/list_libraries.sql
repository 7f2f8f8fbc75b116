-- List the libraries of a run and how far each has come.
--
-- Runs on     patron database, read-only
-- Used by     every step
-- Spec        N4.2
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     library, stage, failure_code, failure_detail, syncs_card, syncs_pin, since_time,
--             until_time, read_count, alarm, is_superseded (a later run of the flow has completed
--             for the library); ordered by library
-- Repeatable  yes: reads only

select
    lib.library,
    lib.stage,
    lib.failure_code,
    lib.failure_detail,
    lib.syncs_card,
    lib.syncs_pin,
    lib.since_time,
    lib.until_time,
    lib.read_count,
    lib.alarm,
    exists(
        select from patron_sync.run as later
        inner join patron_sync.run_library as later_lib on later.run_id = later_lib.run_id
        where later.flow = run.flow
            and later.started_at > run.started_at
            and later_lib.library = lib.library
            and later_lib.stage in ('loaded', 'done')
    ) as is_superseded
from patron_sync.run_library as lib
inner join patron_sync.run as run on lib.run_id = run.run_id
where lib.run_id = %(run_id)s
order by lib.library;
