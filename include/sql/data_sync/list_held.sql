-- List the runs whose held changes wait for a decision, the oldest first.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.decide_sync
-- Spec        X2
--
-- Parameters
--   expire_days  integer  so long can be decided
--
-- Returns     run_id, name, version, asked_by, started_at, expires_at, is_superseded, kind (create,
--             update or link), field (null, or one that is emptied), changes; a row for each
-- Repeatable  yes: reads only

select
    run.run_id,
    run.name,
    run.version,
    run.asked_by,
    run.started_at,
    run.started_at + %(expire_days)s * interval '1 day' as expires_at,
    exists(
        select from data_sync.run as later
        where later.name = run.name
            and later.started_at > run.started_at
            and later.state in ('succeeded', 'held')
            and not later.is_dry_run
    ) as is_superseded,
    plan.action as kind,
    emptied.field,
    count(*) as changes
from data_sync.run as run
inner join data_sync.plan as plan on run.run_id = plan.run_id
left join lateral unnest(plan.cleared) as emptied (field) on true
where run.state = 'held'
    and plan.state = 'held'
group by run.run_id, plan.action, emptied.field
order by run.started_at, run.run_id, plan.action, emptied.field;
