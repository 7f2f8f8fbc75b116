-- Count how many records of a run could not be dealt with so far.
--
-- Runs on     patron database, read-only
-- Used by     steps.guard_changes
-- Spec        X2
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     library, read_count, failing: records; libraries that are planned, ordered
-- Repeatable  yes: reads only

with failing as (
    select
        verdict.library,
        verdict.record_no
    from patron_sync.verdict as verdict
    where verdict.run_id = %(run_id)s
        and verdict.outcome = 'failed'
    union
    select
        plan.library,
        plan.record_no
    from patron_sync.plan as plan
    where plan.run_id = %(run_id)s
        and plan.state = 'failed'
)

select
    lib.library,
    lib.read_count,
    count(failing.record_no) as failing
from patron_sync.run_library as lib
left join failing on lib.library = failing.library
where lib.run_id = %(run_id)s
    and lib.stage = 'planned'
group by lib.library, lib.read_count
order by lib.library;
