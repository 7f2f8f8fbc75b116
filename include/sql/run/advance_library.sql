-- Take one library of a run to its next stage and forget an earlier failure.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps that work library by library
-- Spec        N4.1, N4.2
--
-- Parameters
--   run_id      uuid        the run
--   library     text        agency code
--   to_stage    text        where it goes
--   read_count  integer     records read, or null to keep the number
--   until_time  timestamp   registry's local time of the reading, or null to keep it
--
-- Writes      one row of patron_sync.run_library
-- Repeatable  yes: the second call writes the same values

update patron_sync.run_library
set
    stage = %(to_stage)s,
    failure_code = null,
    failure_detail = null,
    read_count = coalesce(%(read_count)s::integer, read_count),
    until_time = coalesce(%(until_time)s::timestamp, until_time)
where run_id = %(run_id)s
    and library = %(library)s;
