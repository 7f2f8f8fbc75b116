-- Find the persons who hold some card numbers at a library.
--
-- Runs on     patron database, read-only
-- Used by     steps.stage_registry_changes, for records without a national id
-- Spec        N1.1
--
-- Parameters
--   library       text     agency code
--   card_numbers  text[]   national card numbers
--
-- Returns     card_number, person_key
-- Repeatable  yes: reads only

select
    card.card_number,
    patron.person_key
from cicero.card as card
inner join cicero.patron as patron on card.patron_id = patron.patron_id
where card.library = %(library)s
    and card.kind = 'national'
    and card.card_number = any(%(card_numbers)s)
    and patron.person_key is not null;
