-- List the changes of a library that this transaction has taken back or failed to.
--
-- Runs on     patron database, read-only, the transaction that settled
-- Used by     steps.undo_library, for the audit trail
-- Spec        X7, X9
--
-- Parameters
--   undo_id  uuid   the call
--   library  text   agency code
--   target   text   cicero or registry
--
-- Returns     field, state, reason, person_key; ordered by record and field
-- Repeatable  yes: reads only

select
    change.field,
    change.state,
    change.reason,
    change.person_key
from patron_sync.undo_change as change
where change.undo_id = %(undo_id)s
    and change.library = %(library)s
    and change.target = %(target)s
    and change.state in ('reversed', 'failed')
    and change.settled_at >= transaction_timestamp()
order by change.record_no, change.field;
