-- Find records of a run that may be those that somebody wants to see, by what its account noted.
--
-- Runs on     patron database, read-only
-- Used by     steps.find_records
-- Spec        X4
--
-- Parameters
--   run_id         uuid      the run
--   libraries      text[]    agency codes
--   after_library  text      agency code of the last record of the page before; empty at first
--   after_no       integer   its number; 0 at first
--   up_to          integer   the last number to be found; null for no end
--   outcomes       text[]    what may have become of them
--   reason         text      reason code; null for all
--   states         text[]    states of a change that was held, of records that may be meant
--   most           integer   records at most
--
-- Returns     library, record_no; ordered by both
-- Repeatable  yes: reads only
--
-- Changes that were held have another outcome once somebody has decided.

select
    lib.library,
    found.record_no
from (
    select
        part.library,
        case when part.library = %(after_library)s then %(after_no)s::integer else 0 end as after_no
    from patron_sync.run_library as part
    where part.run_id = %(run_id)s
        and part.library = any(%(libraries)s::text[])
) as lib
cross join lateral (
    (
        select noted.record_no
        from patron_sync.outcome as counted
        cross join lateral unnest(counted.record_nos) as noted (record_no)
        where counted.run_id = %(run_id)s
            and counted.library = lib.library
            and counted.outcome = any(%(outcomes)s::text[])
            and (%(reason)s::text is null or counted.reason = %(reason)s)
            and noted.record_no > lib.after_no
            and noted.record_no <= coalesce(%(up_to)s::integer, noted.record_no)
        order by noted.record_no
        limit %(most)s
    )
    union
    (
        select plan.record_no
        from patron_sync.held_set as held
        inner join patron_sync.plan as plan on held.held_set_id = plan.held_set_id
        where held.run_id = %(run_id)s
            and held.library = lib.library
            and plan.record_no > lib.after_no
            and plan.record_no <= coalesce(%(up_to)s::integer, plan.record_no)
            and plan.state = any(%(states)s::text[])
        order by plan.record_no
        limit %(most)s
    )
) as found
order by lib.library, found.record_no
limit %(most)s;
