-- List what failed in the last run of each flow and library.
--
-- Runs on     patron database, read-only
-- Used by     steps.alerts.find_alerts
-- Spec        N4.2, X4
--
-- Parameters
--   libraries  text[]   agency codes that are enabled
--
-- Returns     flow, library (empty when the run failed and no library of it), cause (code);
--             ordered by flow, library. A dry run does not count; while a run goes on, also again
--             after it was cleared, what was wrong before still stands
-- Repeatable  yes: reads only

with part as (
    select distinct on (run.flow, lib.library)
        run.run_id,
        run.flow,
        lib.library,
        case
            when lib.failure_code is not null then lib.failure_code
            when lib.alarm = 'critical' then 'FAILING_RECORDS'
            when account.mismatches <> '[]' then 'DOES_NOT_ADD_UP'
            when outcome.records > 0 then outcome.reason
        end as cause
    from patron_sync.run as run
    inner join patron_sync.run_library as lib on run.run_id = lib.run_id
    left join patron_sync.account as account
        on lib.run_id = account.run_id
        and lib.library = account.library
    left join patron_sync.outcome as outcome
        on lib.run_id = outcome.run_id
        and lib.library = outcome.library
        and outcome.outcome = 'failed'
        and outcome.reason = 'SEQUENCE_EXHAUSTED'
    where run.finished_at is not null
        and not run.is_dry_run
        and lib.stage <> 'disabled'
    order by run.flow asc, lib.library asc, run.started_at desc
),

latest as (
    select distinct on (run.flow)
        run.run_id,
        run.flow,
        run.state
    from patron_sync.run as run
    where not run.is_dry_run
    order by run.flow asc, run.started_at desc
)

select
    part.flow,
    part.library,
    part.cause
from part
inner join latest on part.flow = latest.flow
where part.cause is not null
    and part.library = any(%(libraries)s)
    and latest.state <> 'running'
union all
select
    latest.flow,
    '' as library,
    'RUN_FAILED' as cause
from latest
where latest.state = 'failed'
    and not exists (
        select
        from part
        where part.run_id = latest.run_id
            and part.cause is not null
    )
union all
select
    alert.flow,
    alert.library,
    alert.cause
from patron_sync.alert as alert
inner join latest on alert.flow = latest.flow
where latest.state = 'running'
    and alert.code in ('LIBRARY_FAILED', 'RUN_FAILED')
order by flow, library;
