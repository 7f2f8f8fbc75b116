-- List the data syncs whose last run failed, or waits for a person's decision.
--
-- Runs on     patron database, read-only
-- Used by     steps.alerts.find_alerts
-- Spec        D5, D6.1, X2
--
-- Parameters  none
--
-- Returns     name, state (failed or held), cause (code of the failure; empty when held); ordered
--             by name. A data sync that was deleted or taken off its schedule is left out, and so
--             is a dry run
-- Repeatable  yes: reads only

select
    latest.name,
    latest.state,
    coalesce(latest.failure_code, '') as cause
from (
    select distinct on (run.name)
        run.name,
        run.state,
        run.failure_code,
        run.decision
    from data_sync.run as run
    where not run.is_dry_run
        and run.state <> 'running'
    order by run.name asc, run.started_at desc
) as latest
inner join data_sync.definition as definition on latest.name = definition.name
where definition.cancelled_at is null
    and (latest.state = 'failed' or latest.state = 'held' and latest.decision is null)
order by latest.name;
