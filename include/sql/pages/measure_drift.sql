-- Tell for each library and flow when all was last compared, and what has been written since.
--
-- Runs on     patron database, read-only
-- Used by     web.nights
-- Spec        N1.5, X5
--
-- Parameters
--   libraries  text[]   agency codes
--
-- Returns     library, flow, completed_at (null before the first completed run), full_at and
--             full_run_id (of the last completed run that read everything; null if there is none),
--             full_changes (records in which it found a difference), later_runs (completed since)
--             and later_changes (records that those changed); ordered by library, push
--             before pull
-- Repeatable  yes: reads only

select
    side.library,
    flow.name as flow,
    watermark.moved_at as completed_at,
    whole.started_at as full_at,
    whole.run_id as full_run_id,
    (
        select coalesce(sum(one.records), 0)
        from patron_sync.outcome as one
        where one.run_id = whole.run_id
            and one.library = side.library
            and one.outcome in ('created', 'updated', 'held', 'failed')
    ) as full_changes,
    later.runs as later_runs,
    later.changes as later_changes
from unnest(%(libraries)s::text[]) as side (library)
cross join (values ('push'), ('pull')) as flow (name)
left join patron_sync.watermark as watermark
    on side.library = watermark.library
    and flow.name = watermark.flow
left join lateral (
    select
        run.run_id,
        run.started_at
    from patron_sync.run as run
    inner join patron_sync.run_library as lib on run.run_id = lib.run_id
    where run.flow = flow.name
        and lib.library = side.library
        and (
            lib.is_whole and lib.stage = 'done'
            -- One that only reports has compared everybody all the same.
            or run.reconciliation_id is not null and lib.stage in ('guarded', 'done')
        )
    order by run.started_at desc
    limit 1
) as whole on true
left join lateral (
    select
        count(*) as runs,
        coalesce(sum(counted.changes), 0) as changes
    from patron_sync.run as run
    inner join patron_sync.run_library as lib
        on run.run_id = lib.run_id
        and side.library = lib.library
        and lib.stage = 'done'
    cross join lateral (
        select sum(one.records) as changes
        from patron_sync.outcome as one
        where one.run_id = run.run_id
            and one.library = side.library
            and one.outcome in ('created', 'updated')
    ) as counted
    where run.flow = flow.name
        and run.started_at > whole.started_at
) as later on true
order by side.library asc, flow.name desc;
