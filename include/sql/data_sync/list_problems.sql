-- List the values of a run that did not fit their field, a page at a time.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.list_results
-- Spec        D5.2
--
-- Parameters
--   run_id     uuid     the run
--   after_no   integer  last record of the page before; 0 at first
--   page_size  integer  values at most
--
-- Returns     record_no, record_id, field, reason; ordered by record_no and field
-- Repeatable  yes: reads only

select
    staged.record_no,
    staged.record_id,
    problem.pair ->> 0 as field,
    problem.pair ->> 1 as reason
from data_sync.staged as staged
cross join jsonb_array_elements(staged.problems) as problem (pair)
where staged.run_id = %(run_id)s
    and staged.problems is not null
    and staged.record_no > %(after_no)s
    and not exists (
        select from data_sync.verdict as verdict
        where verdict.run_id = staged.run_id
            and verdict.record_no = staged.record_no
            and verdict.outcome = 'left_out'
    )
order by staged.record_no, field
limit %(page_size)s;
