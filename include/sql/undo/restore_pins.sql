-- Put the PINs back that a run replaced in Cicero, where Cicero still holds what the run wrote.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.undo_library
-- Spec        X7, N2.5
--
-- Parameters
--   undo_id  uuid   the call
--   library  text   agency code
--
-- Writes      cicero.pin: the encrypted bytes, flag and origin of before; undo_change: reversed
-- Repeatable  yes: only planned rows are touched

with restored as (
    update cicero.pin as pin
    set
        pin_encrypted = journal.old_value,
        pin_fingerprint = journal.old_fingerprint,
        must_change = journal.old_must_change,
        origin = journal.old_origin,
        changed_at = clock_timestamp()
    from patron_sync.undo_change as change
    inner join patron_sync.journal as journal
        on change.run_id = journal.run_id
        and change.library = journal.library
        and change.record_no = journal.record_no
        and change.field = journal.field
        and change.target = journal.target
    where change.undo_id = %(undo_id)s
        and change.library = %(library)s
        and change.target = 'cicero'
        and change.field = 'pin'
        and change.state = 'planned'
        and journal.old_value is not null
        and pin.patron_id = journal.patron_id
        and pin.pin_fingerprint = journal.new_fingerprint
    returning change.record_no
)

update patron_sync.undo_change as change
set
    state = 'reversed',
    settled_at = clock_timestamp()
from restored
where change.undo_id = %(undo_id)s
    and change.library = %(library)s
    and change.target = 'cicero'
    and change.field = 'pin'
    and change.record_no = restored.record_no;
