-- Take the cards that a run wrote out of force.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.undo_library, after judge_cards
-- Spec        X7, N2.4
--
-- Parameters
--   undo_id    uuid    the call
--   library    text    agency code
--   inner_pad  bytea   HMAC pad of the fingerprint key
--   outer_pad  bytea   HMAC pad of the fingerprint key
--
-- Writes      cicero.card: replaced. The number stays with its patron, so that it is never given to
--             somebody else
-- Repeatable  yes: a card that is out of force is not touched again

update cicero.card as card
set
    status = 'replaced',
    changed_at = clock_timestamp()
from (
    select
        journal.patron_id,
        journal.person_key,
        journal.new_fingerprint
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
) as written
where card.patron_id = written.patron_id
    and card.status = 'active'
    and written.new_fingerprint = patron_sync.fingerprint(
        written.person_key, 'card', card.card_number, %(inner_pad)s, %(outer_pad)s
    );
