-- Say where the next batch of a plan ends.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.load_profiles
-- Spec        D4.3
--
-- Parameters
--   run_id      uuid     the run
--   after_no    integer  records behind this one
--   batch_size  integer  rows at most
--
-- Returns     through_no, null when nothing is left
-- Repeatable  yes: reads only

select max(waiting.record_no) as through_no
from (
    select plan.record_no
    from data_sync.plan as plan
    where plan.run_id = %(run_id)s
        and plan.record_no > %(after_no)s
    order by plan.record_no
    limit %(batch_size)s
) as waiting;
