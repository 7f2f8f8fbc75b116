-- List the libraries whose runs were completed and read nothing.
--
-- Runs on     patron database, read-only
-- Used by     steps.alerts.find_alerts
-- Spec        N4.2
--
-- Parameters
--   libraries   text[]    agency codes that are enabled
--   quiet_runs  integer   so many runs of changes one after the other
--
-- Returns     flow, library, runs (so many of the last ones were looked at); ordered by flow,
--             library. One reading of everything is enough; a dry run does not count
-- Repeatable  yes: reads only

select
    latest.flow,
    latest.library,
    count(*) as runs
from (
    select
        run.flow,
        lib.library,
        lib.read_count,
        lib.is_whole,
        row_number() over (
            partition by run.flow, lib.library order by run.started_at desc
        ) as place
    from patron_sync.run as run
    inner join patron_sync.run_library as lib on run.run_id = lib.run_id
    where not run.is_dry_run
        and lib.stage = 'done'
        and lib.library = any(%(libraries)s)
) as latest
where latest.place <= %(quiet_runs)s
group by latest.flow, latest.library
having sum(latest.read_count) = 0 and count(*) = %(quiet_runs)s
    or bool_or(latest.is_whole and latest.place = 1 and latest.read_count = 0)
order by latest.flow, latest.library;
