-- Write down that records are about to be sent, so that a lost answer can be told from none.
--
-- Runs on     patron database, read-write, committed before the first call
-- Used by     steps.undo_library
-- Spec        X7
--
-- Parameters
--   undo_id     uuid        the call
--   library     text        agency code
--   record_nos  integer[]   records of the batch
--
-- Writes      patron_sync.undo_change
-- Repeatable  yes: rows marked already are left as they are

update patron_sync.undo_change
set was_sent = true
where undo_id = %(undo_id)s
    and library = %(library)s
    and target = 'registry'
    and state = 'planned'
    and not was_sent
    and record_no = any(%(record_nos)s);
