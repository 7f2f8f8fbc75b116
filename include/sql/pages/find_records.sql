-- Find records of a run that may be those that somebody wants to see, by looking at all.
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
--   outcome        text      created, updated, unchanged, left_out, held or failed; null for all
--   reason         text      reason code; null for all
--   field          text      with a change of relation, card or pin; null for all
--   most           integer   records at most
--
-- Returns     library, record_no; ordered by both. One row of a record, in one table, speaks for
--             it; judge_records says whether it is one indeed. None that is one is missing.
-- Repeatable  yes: reads only

select
    lib.library,
    found.record_no
from (
    select
        part.library,
        part.stage in ('planned', 'guarded', 'loaded', 'done') as is_decided,
        case when part.library = %(after_library)s then %(after_no)s::integer else 0 end as after_no
    from patron_sync.run_library as part
    where part.run_id = %(run_id)s
        and part.library = any(%(libraries)s::text[])
) as lib
cross join lateral (
    (
        select verdict.record_no
        from patron_sync.verdict as verdict
        where %(field)s::text is null
            and coalesce(%(outcome)s::text, 'failed') in ('left_out', 'failed')
            and verdict.run_id = %(run_id)s
            and verdict.library = lib.library
            and verdict.record_no > lib.after_no
            and (%(outcome)s::text is null or verdict.outcome = %(outcome)s)
            and (%(reason)s::text is null or verdict.reason = %(reason)s)
        order by verdict.record_no
        limit %(most)s
    )
    union
    (
        select distinct plan.record_no
        from patron_sync.plan as plan
        where coalesce(%(outcome)s::text, 'updated') <> 'unchanged'
            and plan.run_id = %(run_id)s
            and plan.library = lib.library
            and plan.record_no > lib.after_no
            and (%(field)s::text is null or plan.field = %(field)s)
            and (
                %(reason)s::text is null
                or plan.outcome_reason is null
                or plan.outcome_reason = %(reason)s
            )
            and case
                when %(field)s::text is not null then true
                when %(outcome)s::text = 'created'
                    then plan.field = 'relation' and plan.action = 'create'
                when %(outcome)s::text = 'failed' then plan.state in ('failed', 'planned', 'sent')
                when %(outcome)s::text = 'held' then plan.state = 'held'
                when %(outcome)s::text = 'left_out' then plan.state = 'dropped'
                else true
            end
        order by plan.record_no
        limit %(most)s
    )
    union
    (
        select staged.record_no
        from patron_sync.staged_patron as staged
        left join lateral (
            select plan.record_no
            from patron_sync.plan as plan
            where plan.run_id = staged.run_id
                and plan.library = staged.library
                and plan.record_no = staged.record_no
            order by plan.field
            limit 1
        ) as planned on true
        where %(field)s::text is null
            and coalesce(%(outcome)s::text, 'unchanged') in ('unchanged', 'left_out', 'failed')
            and (%(outcome)s::text is distinct from 'failed' or not lib.is_decided)
            and staged.run_id = %(run_id)s
            and staged.library = lib.library
            and staged.record_no > lib.after_no
            and (
                %(outcome)s::text is distinct from 'left_out'
                or staged.card_reason in ('LOCAL_CARD', 'CARD_BLOCKED')
                or staged.registry_state = 'not_found'
            )
            and (%(outcome)s::text is null or planned.record_no is null)
        order by staged.record_no
        limit %(most)s
    )
) as found
order by lib.library, found.record_no
limit %(most)s;
