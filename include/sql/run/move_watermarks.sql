-- Move the watermark of every library that a run has finished.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.move_watermark
-- Spec        N1.5
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      patron_sync.watermark, one row for each library at stage loaded
-- Returns     library of each watermark that moved
-- Repeatable  yes: a watermark never moves backwards

insert into patron_sync.watermark as mark (
    flow, library, registry_time, cicero_xid, server_id, run_id
)
select
    run.flow,
    lib.library,
    case when run.flow = 'pull' then lib.until_time end,
    case when run.flow = 'push' then lib.until_xid end,
    case when run.flow = 'push' then server.system_identifier end,
    run.run_id
from patron_sync.run as run
inner join patron_sync.run_library as lib on run.run_id = lib.run_id
cross join pg_control_system() as server
where run.run_id = %(run_id)s
    and lib.stage = 'loaded'
    -- The push of a reconciliation has not read what changed.
    and (run.flow = 'pull' or run.reconciliation_id is null)
on conflict (flow, library) do update
    set
        registry_time = excluded.registry_time,
        cicero_xid = excluded.cicero_xid,
        server_id = excluded.server_id,
        run_id = excluded.run_id,
        moved_at = clock_timestamp()
    where mark.registry_time < excluded.registry_time
        or mark.cicero_xid < excluded.cicero_xid
returning mark.library;
