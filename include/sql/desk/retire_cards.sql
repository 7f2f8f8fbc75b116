-- Take the patron's cards of a kind out of use, for another one that takes their place.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.give_card
-- Spec        N3.6
--
-- Parameters
--   patron_id      bigint  the patron
--   kind           text    national or local
--   except_number  text    the number that stays
--
-- Writes      cicero.card; a number that was replaced stays with its patron
-- Repeatable  yes: the second call finds nothing

update cicero.card
set status = 'replaced', changed_at = clock_timestamp()
where patron_id = %(patron_id)s
    and kind = %(kind)s
    and status = 'active'
    and card_number <> %(except_number)s;
