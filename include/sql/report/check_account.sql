-- Check that the account of a run adds up, and name each number that does not.
--
-- Runs on     patron database, read-only, the transaction of the step
-- Used by     steps.report_run, after the account is stored
-- Spec        X4
--
-- Parameters
--   run_id     uuid     the run
--   libraries  text[]   agency codes
--
-- Returns     library, number, expected, found of each number that is off; ordered by library,
--             number. The numbers: accounted (records with an outcome; as many as were read),
--             in_two_places (records both taken out and staged), planned_only (records with a
--             plan but neither), writes (reported; as many as changes confirmed), unsettled
--             (changes without an end), held_without_set (changes held for nobody's decision)
-- Repeatable  yes: reads only

with lib as (
    select
        run_library.library,
        run_library.stage = 'done' as is_done,
        run_library.stage in ('guarded', 'loaded', 'done') and not run.is_dry_run as is_guarded,
        coalesce(run_library.read_count, 0) as read_count
    from patron_sync.run_library
    inner join patron_sync.run as run on run_library.run_id = run.run_id
    where run_library.run_id = %(run_id)s
        and run_library.library = any(%(libraries)s)
),

accounted as (
    select
        outcome.library,
        sum(outcome.records) as records
    from patron_sync.outcome as outcome
    where outcome.run_id = %(run_id)s
    group by outcome.library
),

twice as (
    select
        verdict.library,
        count(*) as records
    from patron_sync.verdict as verdict
    inner join patron_sync.staged_patron as staged
        on verdict.library = staged.library
        and verdict.record_no = staged.record_no
    where verdict.run_id = %(run_id)s
        and staged.run_id = %(run_id)s
    group by verdict.library
),

change as (
    select
        plan.library,
        count(distinct plan.record_no) filter (where staged.record_no is null) as planned_only,
        count(*) filter (where plan.state = 'confirmed') as confirmed,
        count(*) filter (where plan.state in ('planned', 'sent')) as unsettled,
        count(*) filter (where plan.state = 'held' and held.held_set_id is null) as held_without_set
    from patron_sync.plan as plan
    left join patron_sync.staged_patron as staged
        on plan.library = staged.library
        and plan.record_no = staged.record_no
        and staged.run_id = %(run_id)s
    left join patron_sync.held_set as held
        on plan.held_set_id = held.held_set_id
        and plan.run_id = held.run_id
        and plan.library = held.library
    where plan.run_id = %(run_id)s
    group by plan.library
)

select
    lib.library,
    checked.number,
    checked.expected,
    checked.found
from lib
left join accounted on lib.library = accounted.library
left join twice on lib.library = twice.library
left join change on lib.library = change.library
left join patron_sync.account as account
    on lib.library = account.library
    and account.run_id = %(run_id)s
cross join lateral (
    values
    ('accounted', lib.read_count::bigint, coalesce(accounted.records, 0)::bigint),
    ('in_two_places', 0, coalesce(twice.records, 0)),
    ('planned_only', 0, coalesce(change.planned_only, 0)),
    ('writes', coalesce(change.confirmed, 0), coalesce(account.writes, 0)),
    ('unsettled', 0, case when lib.is_done then coalesce(change.unsettled, 0) else 0 end),
    (
        'held_without_set',
        0,
        case when lib.is_guarded then coalesce(change.held_without_set, 0) else 0 end
    )
) as checked (number, expected, found)
where checked.expected <> checked.found
order by lib.library, checked.number;
