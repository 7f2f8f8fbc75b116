-- List the libraries for which a job has not ended since it was due.
--
-- Runs on     patron database, read-only
-- Used by     steps.alerts.find_alerts
-- Spec        N4.1, N4.2
--
-- Parameters
--   flow        text         pull or push
--   libraries   text[]       agency codes that are enabled
--   due_at      timestamptz  when the job was due to begin
--
-- Returns     library; ordered by library. A dry run is no run. A library that was never part of
--             the job is not missed, unless the job has never run
-- Repeatable  yes: reads only

select wanted.library
from unnest(%(libraries)s::text[]) as wanted (library)
where not exists (
    select
    from patron_sync.run as run
    inner join patron_sync.run_library as lib on run.run_id = lib.run_id
    where run.flow = %(flow)s
        and not run.is_dry_run
        and run.started_at >= %(due_at)s
        and run.finished_at is not null
        and lib.library = wanted.library
)
and (
    not exists (
        select
        from patron_sync.run as run
        where run.flow = %(flow)s
            and not run.is_dry_run
    )
    or exists (
        select
        from patron_sync.run as run
        inner join patron_sync.run_library as lib on run.run_id = lib.run_id
        where run.flow = %(flow)s
            and not run.is_dry_run
            and lib.stage <> 'disabled'
            and lib.library = wanted.library
    )
)
order by wanted.library;
