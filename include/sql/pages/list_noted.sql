-- Tell of each number of a run's account how many of its records were noted, and up to which.
--
-- Runs on     patron database, read-only
-- Used by     steps.find_records
-- Spec        X4
--
-- Parameters
--   run_id     uuid     the run
--   libraries  text[]   agency codes; null for all
--
-- Returns     library, has_held (changes of it were held), outcome, reason, records, noted_to (null
--             where all are noted; else the last one that is, 0 for none); a row with null in the
--             last four for a library without account or records; ordered by library
-- Repeatable  yes: reads only

select
    lib.library,
    exists(
        select from patron_sync.held_set as held
        where held.run_id = lib.run_id
            and held.library = lib.library
    ) as has_held,
    counted.outcome,
    counted.reason,
    counted.records,
    case
        when coalesce(cardinality(counted.record_nos), 0) < counted.records
            then coalesce(counted.record_nos[cardinality(counted.record_nos)], 0)
    end as noted_to
from patron_sync.run_library as lib
left join patron_sync.outcome as counted
    on lib.run_id = counted.run_id
    and lib.library = counted.library
where lib.run_id = %(run_id)s
    and (%(libraries)s::text[] is null or lib.library = any(%(libraries)s::text[]))
order by lib.library, counted.outcome, counted.reason;
