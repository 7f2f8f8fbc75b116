-- Count what became of every record of a run, or of one record, per library and reason.
--
-- Runs on     patron database, read-only
-- Used by     steps.report_run, steps.explain_patron
-- Spec        X4, X6, N4.3
--
-- Parameters
--   run_id     uuid      the run
--   library    text      agency code of the one record, or null for all
--   record_no  integer   number of the one record, or null for all
--
-- Returns     library, outcome (created, updated, unchanged, left_out, held, failed), reason,
--             records, record_nos (the first 1000); ordered by library, outcome, reason
-- Repeatable  yes: reads only

with planned as (
    select
        plan.library,
        plan.record_no,
        bool_or(plan.state = 'failed' or (plan.state in ('planned', 'sent') and not run.is_dry_run))
            as has_failed,
        bool_or(plan.state = 'held') as is_held,
        bool_or(plan.state = 'dropped') as is_dropped,
        bool_or(plan.field = 'relation' and plan.action = 'create') as is_new,
        min(plan.outcome_reason) as reason
    from patron_sync.plan as plan
    inner join patron_sync.run as run on plan.run_id = run.run_id
    where plan.run_id = %(run_id)s
        and (%(library)s::text is null or plan.library = %(library)s)
        and (%(record_no)s::integer is null or plan.record_no = %(record_no)s)
    group by plan.library, plan.record_no
),

staged as (
    select
        staged_patron.library,
        staged_patron.record_no,
        staged_patron.card_reason,
        staged_patron.registry_state
    from patron_sync.staged_patron
    where staged_patron.run_id = %(run_id)s
        and (%(library)s::text is null or staged_patron.library = %(library)s)
        and (%(record_no)s::integer is null or staged_patron.record_no = %(record_no)s)
),

lib as (
    select
        run_library.library,
        run_library.failure_code,
        run_library.stage in ('planned', 'guarded', 'loaded', 'done') as is_decided
    from patron_sync.run_library
    where run_library.run_id = %(run_id)s
),

record as (
    select
        verdict.library,
        verdict.record_no,
        verdict.outcome,
        verdict.reason
    from patron_sync.verdict as verdict
    where verdict.run_id = %(run_id)s
        and (%(library)s::text is null or verdict.library = %(library)s)
        and (%(record_no)s::integer is null or verdict.record_no = %(record_no)s)
    union all
    select
        lib.library,
        coalesce(staged.record_no, planned.record_no) as record_no,
        case
            when planned.record_no is null and not lib.is_decided then 'failed'
            when planned.record_no is null and (
                staged.card_reason in ('LOCAL_CARD', 'CARD_BLOCKED')
                or staged.registry_state = 'not_found'
            ) then 'left_out'
            when planned.record_no is null then 'unchanged'
            when planned.has_failed then 'failed'
            when planned.is_held then 'held'
            when planned.is_dropped then 'left_out'
            when planned.is_new then 'created'
            else 'updated'
        end as outcome,
        case
            when planned.has_failed
                then coalesce(planned.reason, lib.failure_code, 'UNAVAILABLE')
            when planned.record_no is not null then planned.reason
            when not lib.is_decided then coalesce(lib.failure_code, 'UNAVAILABLE')
            when staged.card_reason in ('LOCAL_CARD', 'CARD_BLOCKED') then staged.card_reason
            when staged.registry_state = 'not_found' then 'NOT_IN_REGISTRY'
        end as reason
    from staged
    -- Old runs have no staged records any more, only what was planned for them.
    full join planned
        on staged.library = planned.library
        and staged.record_no = planned.record_no
    inner join lib on coalesce(staged.library, planned.library) = lib.library
),

counted as (
    select
        record.library,
        record.outcome,
        record.reason,
        count(*) as records,
        array_agg(record.record_no) as record_nos
    from record
    group by record.library, record.outcome, record.reason
)

select
    counted.library,
    counted.outcome,
    counted.reason,
    counted.records,
    array(
        select one.record_no
        from unnest(counted.record_nos) as one (record_no)
        order by one.record_no
        limit 1000
    ) as record_nos
from counted
order by counted.library, counted.outcome, counted.reason;
