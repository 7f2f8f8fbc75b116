-- Write down that somebody asks to undo a run.
--
-- Runs on     patron database, read-write, the transaction that opens the undo
-- Used by     steps.undo_run
-- Spec        X7
--
-- Parameters
--   undo_id   uuid     the call
--   run_id    uuid     the run to undo
--   fields    text[]   relation, card, pin, as far as they are meant
--   asked_by  text     who asked
--   note      text     why, or null
--
-- Writes      one row of patron_sync.undo
-- Repeatable  yes: the first call stays

insert into patron_sync.undo (undo_id, run_id, fields, asked_by, note)
values (%(undo_id)s, %(run_id)s, %(fields)s, %(asked_by)s, %(note)s)
on conflict (undo_id) do nothing;
