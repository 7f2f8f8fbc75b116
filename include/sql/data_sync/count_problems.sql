-- Count the values of a run that did not fit their field.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.report_sync
-- Spec        D1.5, D5.2
--
-- Parameters
--   run_id  uuid  the run
--
-- Returns     field, reason, values
-- Repeatable  yes: reads only

select
    problem.pair ->> 0 as field,
    problem.pair ->> 1 as reason,
    count(*) as values
from data_sync.staged as staged
cross join jsonb_array_elements(staged.problems) as problem (pair)
where staged.run_id = %(run_id)s
    and staged.problems is not null
    and not exists (
        select from data_sync.verdict as verdict
        where verdict.run_id = staged.run_id
            and verdict.record_no = staged.record_no
            and verdict.outcome = 'left_out'
    )
group by 1, 2
order by 1, 2;
