-- Show what a plan would do to the first records that the filter means.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.preview_sync
-- Spec        D4.1
--
-- Parameters
--   run_id  uuid     the run
--   most    integer  records at most
--
-- Returns     record_id, outcome, before and after (fields of the profile); ordered by record_no
-- Repeatable  yes: reads only

select
    staged.record_id,
    case
        when verdict.outcome is not null then verdict.outcome || ' ' || verdict.reason
        when plan.action is null then 'unchanged'
        else plan.action
    end as outcome,
    coalesce(plan.before, '{}'::jsonb) as before,
    coalesce(plan.fields, '{}'::jsonb) as after
from data_sync.staged as staged
left join data_sync.verdict as verdict
    on staged.run_id = verdict.run_id
    and staged.record_no = verdict.record_no
left join data_sync.plan as plan
    on staged.run_id = plan.run_id
    and staged.record_no = plan.record_no
where staged.run_id = %(run_id)s
    and verdict.reason is distinct from 'FILTERED'
order by staged.record_no
limit %(most)s;
