-- Tell up to where the last completed runs of a flow have read.
--
-- Runs on     patron database, read-only
-- Used by     steps.open_run, desk.sync_state, cli status
-- Spec        N1.5
--
-- Parameters
--   flow  text   pull or push
--
-- Returns     library, registry_time (registry's local time), moved_at, and cicero_xid (text), null
--             where it counts the transactions of another server
-- Repeatable  yes: reads only

select
    watermark.library,
    watermark.registry_time,
    case
        when coalesce(watermark.server_id = server.system_identifier, true)
            then watermark.cicero_xid::text
    end as cicero_xid,
    watermark.moved_at
from patron_sync.watermark as watermark
cross join pg_control_system() as server
where watermark.flow = %(flow)s
order by watermark.library;
