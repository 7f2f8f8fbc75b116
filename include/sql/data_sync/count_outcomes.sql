-- Count what became of the records of a run, by outcome and reason.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.report_sync
-- Spec        X4, D5.1
--
-- Parameters
--   run_id  uuid  the run
--
-- Returns     outcome, reason, records
-- Repeatable  yes: reads only

select
    verdict.outcome,
    verdict.reason,
    count(*) as records
from data_sync.verdict as verdict
where verdict.run_id = %(run_id)s
group by verdict.outcome, verdict.reason
union all
select
    case
        when plan.state = 'failed' then 'failed'
        when plan.state = 'held' then 'held'
        when plan.state = 'dropped' then 'left_out'
        when
            plan.state = 'planned'
            and plan.record_no > run.loaded_through
            and not run.is_dry_run then 'waiting'
        when plan.action = 'create' then 'created'
        when plan.action = 'update' then 'updated'
        else 'unchanged'
    end as outcome,
    plan.reason,
    count(*)
from data_sync.plan as plan
inner join data_sync.run as run on plan.run_id = run.run_id
where plan.run_id = %(run_id)s
group by outcome, plan.reason
order by outcome, reason;
