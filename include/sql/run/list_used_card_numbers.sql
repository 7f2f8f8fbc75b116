-- Say which of some card numbers are in use, reserved or retired already, at any library.
--
-- Runs on     patron database, read-only
-- Used by     steps.assign_cards_and_pins
-- Spec        N2.4
--
-- Parameters
--   card_numbers  text[]   numbers to check
--
-- Returns     card_number
-- Repeatable  yes: reads only

select card.card_number
from cicero.card as card
where card.card_number = any(%(card_numbers)s)
union
select taken.card_number
from patron_sync.taken_card_number as taken
where taken.card_number = any(%(card_numbers)s)
union
select retired.card_number
from patron_sync.retired_card_number as retired
where retired.card_number = any(%(card_numbers)s);
