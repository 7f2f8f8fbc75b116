-- Write down what became of changes of which the registry was asked.
--
-- Runs on     patron database, read-write, one transaction a batch
-- Used by     steps.undo_library
-- Spec        X7
--
-- Parameters
--   undo_id     uuid        the call
--   library     text        agency code
--   record_nos  integer[]   records, one entry a field
--   fields      text[]      relation, card or pin
--   states      text[]      reversed, kept or failed
--   reasons     text[]      why, null for reversed
--
-- Writes      patron_sync.undo_change
-- Repeatable  yes: only planned rows are touched

update patron_sync.undo_change as change
set
    state = settled.state,
    reason = settled.reason,
    settled_at = clock_timestamp()
from unnest(
    %(record_nos)s::integer[], %(fields)s::text[], %(states)s::text[], %(reasons)s::text[]
) as settled (record_no, field, state, reason)
where change.undo_id = %(undo_id)s
    and change.library = %(library)s
    and change.target = 'registry'
    and change.state = 'planned'
    and change.record_no = settled.record_no
    and change.field = settled.field;
