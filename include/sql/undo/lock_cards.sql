-- Keep others from changing the cards of the patrons whose cards are about to go back.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.undo_library, before judge_cards
-- Spec        X7
--
-- Parameters
--   undo_id  uuid   the call
--   library  text   agency code
--
-- Returns     patron_id of each; ordered, so that two such transactions wait for each other
-- Repeatable  yes: rows are locked until the transaction ends, not changed

select patron.patron_id
from cicero.patron as patron
inner join cicero.card as card on patron.patron_id = card.patron_id
where patron.library = %(library)s
    and patron.person_key in (
        select change.person_key
        from patron_sync.undo_change as change
        where change.undo_id = %(undo_id)s
            and change.library = %(library)s
            and change.target = 'cicero'
            and change.field = 'card'
            and change.state = 'planned'
    )
order by patron.patron_id, card.card_id
for update of patron, card;
