-- Remove the PINs that a run gave to patrons without, where Cicero still holds them.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.undo_library
-- Spec        X7, N2.5
--
-- Parameters
--   undo_id  uuid   the call
--   library  text   agency code
--
-- Writes      deletes rows of cicero.pin; undo_change: reversed
-- Repeatable  yes: only planned rows are touched

with removed as (
    delete from cicero.pin as pin
    using patron_sync.undo_change as change, patron_sync.journal as journal
    where change.undo_id = %(undo_id)s
        and change.library = %(library)s
        and change.target = 'cicero'
        and change.field = 'pin'
        and change.state = 'planned'
        and journal.run_id = change.run_id
        and journal.library = change.library
        and journal.record_no = change.record_no
        and journal.field = change.field
        and journal.target = change.target
        and journal.old_value is null
        and pin.patron_id = journal.patron_id
        and pin.pin_fingerprint = journal.new_fingerprint
    returning change.record_no
)

update patron_sync.undo_change as change
set
    state = 'reversed',
    settled_at = clock_timestamp()
from removed
where change.undo_id = %(undo_id)s
    and change.library = %(library)s
    and change.target = 'cicero'
    and change.field = 'pin'
    and change.record_no = removed.record_no;
