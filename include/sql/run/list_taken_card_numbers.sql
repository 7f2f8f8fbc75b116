-- Find the numbers that some patrons were given earlier and do not hold yet.
--
-- Runs on     patron database, read-only
-- Used by     steps.assign_cards_and_pins
-- Spec        N2.4
--
-- Parameters
--   library     text       agency code
--   patron_ids  bigint[]   patrons without a card number
--
-- Returns     patron_id, card_number
-- Repeatable  yes: reads only

select
    taken.patron_id,
    taken.card_number
from patron_sync.taken_card_number as taken
where taken.library = %(library)s
    and taken.patron_id = any(%(patron_ids)s);
