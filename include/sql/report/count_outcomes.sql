-- Count what became of every record of a run, per library and reason.
--
-- Runs on     patron database, read-only
-- Used by     steps.report_run
-- Spec        X4, N4.3
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     library, outcome (created, updated, unchanged, left_out, held, failed), reason,
--             records; ordered by library, outcome, reason
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
    group by plan.library, plan.record_no
),

lib as (
    select
        run_library.library,
        run_library.failure_code,
        run_library.stage in ('planned', 'loaded', 'done') as is_decided
    from patron_sync.run_library
    where run_library.run_id = %(run_id)s
),

record as (
    select
        verdict.library,
        verdict.outcome,
        verdict.reason
    from patron_sync.verdict as verdict
    where verdict.run_id = %(run_id)s
    union all
    select
        staged.library,
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
    from patron_sync.staged_patron as staged
    inner join lib on staged.library = lib.library
    left join planned
        on staged.library = planned.library
        and staged.record_no = planned.record_no
    where staged.run_id = %(run_id)s
)

select
    record.library,
    record.outcome,
    record.reason,
    count(*) as records
from record
group by record.library, record.outcome, record.reason
order by record.library, record.outcome, record.reason;
