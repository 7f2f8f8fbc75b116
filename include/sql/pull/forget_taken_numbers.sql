-- Forget reservations of numbers that their patrons now hold.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.apply_to_cicero
-- Spec        N2.4
--
-- Parameters
--   library  text   agency code
--
-- Writes      deletes rows of patron_sync.taken_card_number
-- Repeatable  yes: the second call finds nothing

delete from patron_sync.taken_card_number as taken
using cicero.card as card
where taken.library = %(library)s
    and card.library = taken.library
    and card.card_number = taken.card_number;
