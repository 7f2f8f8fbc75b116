-- Put the cards in force again that a run replaced.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.undo_library, after retire_cards
-- Spec        X7
--
-- Parameters
--   undo_id  uuid   the call
--   library  text   agency code
--
-- Writes      cicero.card
-- Repeatable  yes: a card in force is not touched again

update cicero.card as card
set
    status = 'active',
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
    and change.field = 'card'
    and change.state = 'planned'
    and card.card_id = journal.old_card_id
    and card.patron_id = journal.patron_id
    and card.status = 'replaced';
