-- List how each library's last run of each night ended.
--
-- Runs on     patron database, read-only
-- Used by     web.nights
-- Spec        N4.2, X4
--
-- Parameters
--   since      timestamptz  runs that were started then or later
--   libraries  text[]       agency codes
--   zone       text         IANA name; its days are the nights
--
-- Returns     library, flow, night (date), run_id, started_at, is_running, stage, failure_code,
--             alarm, is_off (the account does not add up), read, changed, held and failed (records;
--             null without an account), is_exhausted (no card numbers were left); the last run of
--             the night that was no dry run; ordered by library, flow, night
-- Repeatable  yes: reads only

select
    latest.library,
    latest.flow,
    latest.night,
    latest.run_id,
    latest.started_at,
    latest.is_running,
    latest.stage,
    latest.failure_code,
    latest.alarm,
    coalesce(account.mismatches <> '[]', false) as is_off,
    latest.read_count as read,
    counted.changed,
    counted.held,
    counted.failed,
    coalesce(counted.is_exhausted, false) as is_exhausted
from (
    select distinct on (lib.library, run.flow, (run.started_at at time zone %(zone)s)::date)
        lib.library,
        run.flow,
        (run.started_at at time zone %(zone)s)::date as night,
        run.run_id,
        run.started_at,
        run.state = 'running' as is_running,
        lib.stage,
        lib.failure_code,
        lib.alarm,
        lib.read_count
    from patron_sync.run as run
    inner join patron_sync.run_library as lib on run.run_id = lib.run_id
    where run.started_at >= %(since)s
        and not run.is_dry_run
        and lib.library = any(%(libraries)s::text[])
    order by
        lib.library asc,
        run.flow asc,
        (run.started_at at time zone %(zone)s)::date asc,
        run.started_at desc
) as latest
left join patron_sync.account as account
    on latest.run_id = account.run_id
    and latest.library = account.library
left join lateral (
    select
        coalesce(sum(one.records) filter (where one.outcome in ('created', 'updated')), 0)
            as changed,
        coalesce(sum(one.records) filter (where one.outcome = 'held'), 0) as held,
        coalesce(sum(one.records) filter (where one.outcome = 'failed'), 0) as failed,
        bool_or(one.outcome = 'failed' and one.reason = 'SEQUENCE_EXHAUSTED') as is_exhausted
    from patron_sync.outcome as one
    where one.run_id = latest.run_id
        and one.library = latest.library
) as counted on account.run_id is not null
order by latest.library, latest.flow, latest.night;
