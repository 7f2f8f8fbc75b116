-- Tell up to where the last completed runs of a flow have read.
--
-- Runs on     patron database, read-only
-- Used by     steps.open_run, desk.sync_state, cli status
-- Spec        N1.5
--
-- Parameters
--   flow  text   pull or push
--
-- Returns     library, registry_time (registry's local time), cicero_xid (text), moved_at
-- Repeatable  yes: reads only

select
    watermark.library,
    watermark.registry_time,
    watermark.cicero_xid::text as cicero_xid,
    watermark.moved_at
from patron_sync.watermark as watermark
where watermark.flow = %(flow)s
order by watermark.library;
