-- Measure what the last run of each flow and library did.
--
-- Runs on     patron database, read-only
-- Used by     steps.alerts.measure
-- Spec        X4
--
-- Parameters  none
--
-- Returns     library, flow, read, written, held, failed (records; written counts changes), seconds
--             (from beginning to end of the run); ordered by library, flow. A dry run and a run
--             without an account do not count
-- Repeatable  yes: reads only

with latest as (
    select distinct on (run.flow, account.library)
        run.run_id,
        run.flow,
        account.library,
        account.writes,
        lib.read_count,
        run.finished_at - run.started_at as took
    from patron_sync.run as run
    inner join patron_sync.account as account on run.run_id = account.run_id
    inner join patron_sync.run_library as lib
        on account.run_id = lib.run_id
        and account.library = lib.library
    where run.finished_at is not null
        and not run.is_dry_run
        and lib.stage <> 'disabled'
    order by run.flow asc, account.library asc, run.started_at desc
)

select
    latest.library,
    latest.flow,
    coalesce(latest.read_count, 0) as read,
    latest.writes as written,
    coalesce(sum(outcome.records) filter (where outcome.outcome = 'held'), 0)::bigint as held,
    coalesce(sum(outcome.records) filter (where outcome.outcome = 'failed'), 0)::bigint as failed,
    ceil(extract(epoch from latest.took))::bigint as seconds
from latest
left join patron_sync.outcome as outcome
    on latest.run_id = outcome.run_id
    and latest.library = outcome.library
group by latest.library, latest.flow, latest.read_count, latest.writes, latest.took
order by latest.library, latest.flow;
