-- Tell of some records of a run what became of each.
--
-- Runs on     patron database, read-only
-- Used by     steps.list_records
-- Spec        X4, X6
--
-- Parameters
--   run_id      uuid       the run
--   libraries   text[]     agency code of each record
--   record_nos  integer[]  number of each record
--   outcome     text       created, updated, unchanged, left_out, held or failed; null for all
--   reason      text       reason code; null for all
--   field       text       with a change of relation, card or pin; null for all
--
-- Returns     library, record_no, person (pseudonym), patron_id, card_number (as it was staged),
--             is_removal, outcome, reason, as report/count_outcomes counts them; only of those that
--             are asked for and still there; ordered by library, record_no
-- Repeatable  yes: reads only

with asked as (
    select
        named.library,
        named.record_no,
        lib.failure_code,
        lib.stage in ('planned', 'guarded', 'loaded', 'done') as is_decided,
        run.is_dry_run
    from unnest(%(libraries)s::text[], %(record_nos)s::integer[]) as named (library, record_no)
    inner join patron_sync.run_library as lib
        on lib.run_id = %(run_id)s
        and named.library = lib.library
    inner join patron_sync.run as run on lib.run_id = run.run_id
),

planned as (
    select
        plan.library,
        plan.record_no,
        min(plan.patron_id) as patron_id,
        (array_agg(plan.person_key))[1] as person_key,
        bool_or(
            plan.state = 'failed' or (plan.state in ('planned', 'sent') and not asked.is_dry_run)
        ) as has_failed,
        bool_or(plan.state = 'held') as is_held,
        bool_or(plan.state = 'dropped') as is_dropped,
        bool_or(plan.field = 'relation' and plan.action = 'create') as is_new,
        bool_or(plan.field = %(field)s::text) as has_change,
        min(plan.outcome_reason) as reason
    from asked
    inner join patron_sync.plan as plan
        on plan.run_id = %(run_id)s
        and asked.library = plan.library
        and asked.record_no = plan.record_no
    group by plan.library, plan.record_no
),

judged as (
    select
        asked.library,
        asked.record_no,
        coalesce(verdict.person_key, staged.person_key, planned.person_key) as person_key,
        coalesce(verdict.patron_id, staged.patron_id, planned.patron_id) as patron_id,
        staged.card_number,
        coalesce(staged.is_removal, verdict.deletion_id is not null) as is_removal,
        coalesce(planned.has_change, false) as has_change,
        case
            when verdict.record_no is not null then verdict.outcome
            when planned.record_no is null and not asked.is_decided then 'failed'
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
            when verdict.record_no is not null then verdict.reason
            when planned.has_failed then coalesce(planned.reason, asked.failure_code, 'UNAVAILABLE')
            when planned.record_no is not null then planned.reason
            when not asked.is_decided then coalesce(asked.failure_code, 'UNAVAILABLE')
            when staged.card_reason in ('LOCAL_CARD', 'CARD_BLOCKED') then staged.card_reason
            when staged.registry_state = 'not_found' then 'NOT_IN_REGISTRY'
        end as reason
    from asked
    left join planned
        on asked.library = planned.library
        and asked.record_no = planned.record_no
    left join patron_sync.verdict as verdict
        on verdict.run_id = %(run_id)s
        and asked.library = verdict.library
        and asked.record_no = verdict.record_no
    left join patron_sync.staged_patron as staged
        on staged.run_id = %(run_id)s
        and asked.library = staged.library
        and asked.record_no = staged.record_no
    where coalesce(verdict.record_no, staged.record_no, planned.record_no) is not null
)

select
    judged.library,
    judged.record_no,
    left(encode(judged.person_key, 'hex'), 10) as person,
    judged.patron_id,
    judged.card_number,
    judged.is_removal,
    judged.outcome,
    judged.reason
from judged
where judged.outcome = coalesce(%(outcome)s::text, judged.outcome)
    and (%(reason)s::text is null or judged.reason is not distinct from %(reason)s::text)
    and (%(field)s::text is null or judged.has_change)
order by judged.library, judged.record_no;
