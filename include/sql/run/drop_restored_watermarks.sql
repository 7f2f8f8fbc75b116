-- Drop the watermarks that were counted in another server, from before a restore.
--
-- Runs on     patron database, read-write, the transaction of move_watermarks
-- Used by     steps.move_watermark
-- Spec        N1.5
--
-- Parameters
--   run_id  uuid   the run; its libraries at stage loaded that have read everything
--
-- Writes      deletes rows of patron_sync.watermark
-- Repeatable  yes: the second call finds nothing

delete from patron_sync.watermark as mark
using patron_sync.run_library as lib, patron_sync.run as run, pg_control_system() as server
where lib.run_id = %(run_id)s
    and run.run_id = lib.run_id
    and run.flow = 'push'
    and lib.stage = 'loaded'
    and lib.since_xid is null
    and mark.flow = run.flow
    and mark.library = lib.library
    and (mark.cicero_xid > lib.until_xid or mark.server_id <> server.system_identifier);
