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
--             until_time, read_count; ordered by library
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
    lib.read_count
from patron_sync.run_library as lib
where lib.run_id = %(run_id)s
order by lib.library;
