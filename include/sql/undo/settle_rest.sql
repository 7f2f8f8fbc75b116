-- Write down what became of the changes that are still planned.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.undo_library
-- Spec        X7
--
-- Parameters
--   undo_id  uuid   the call
--   library  text   agency code
--   target   text   cicero or registry
--   field    text   relation, card or pin; null for all
--   state    text   reversed, kept or failed
--   reason   text   why, or null
--
-- Writes      patron_sync.undo_change
-- Repeatable  yes: only planned rows are touched

update patron_sync.undo_change
set
    state = %(state)s,
    reason = %(reason)s,
    settled_at = clock_timestamp()
where undo_id = %(undo_id)s
    and library = %(library)s
    and target = %(target)s
    and (%(field)s::text is null or field = %(field)s)
    and state = 'planned';
