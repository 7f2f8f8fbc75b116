-- Forget the base of the values that went back: both sides do not agree on them any more.
--
-- Runs on     patron database, read-write, the transaction that took the values back
-- Used by     steps.undo_library, after add_differences
-- Spec        X7, X3
--
-- Parameters
--   undo_id  uuid   the call
--   library  text   agency code
--   target   text   cicero or registry
--
-- Writes      deletes rows of patron_sync.base. That of the relation stays, so that no push relates
--             the patron again for no other reason
-- Repeatable  yes: the second call finds nothing

delete from patron_sync.base as base
using patron_sync.undo_change as change
where change.undo_id = %(undo_id)s
    and change.library = %(library)s
    and change.target = %(target)s
    and change.field in ('card', 'pin')
    and change.state = 'reversed'
    and change.settled_at >= transaction_timestamp()
    and base.library = change.library
    and base.person_key = change.person_key
    and base.field = change.field;
