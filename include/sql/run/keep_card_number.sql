-- Reserve a number of the sequence for a patron.
--
-- Runs on     patron database, read-write, the transaction that took the number
-- Used by     steps.assign_cards_and_pins
-- Spec        N2.4
--
-- Parameters
--   library      text     agency code
--   patron_id    bigint   the patron
--   card_number  text     the number
--   run_id       uuid     the run that took it
--
-- Writes      one row of patron_sync.taken_card_number
-- Repeatable  yes: the first number of a patron stays

insert into patron_sync.taken_card_number (library, patron_id, card_number, run_id)
values (%(library)s, %(patron_id)s, %(card_number)s, %(run_id)s)
on conflict (library, patron_id) do nothing;
