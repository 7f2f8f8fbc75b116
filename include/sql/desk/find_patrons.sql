-- Find the patrons of a library by national id or card number.
--
-- Runs on     patron database, read-only
-- Used by     desk.find_patron
-- Spec        N3.8
--
-- Parameters
--   library      text   agency code
--   person_key   bytea  keyed hash of the national id, or null
--   national_id  text   digits, or null
--   card_number  text   the number, or null
--
-- Returns     patron_id; in order
-- Repeatable  yes: reads only

select patron.patron_id
from cicero.patron as patron
where patron.library = %(library)s
    and (
        patron.person_key = %(person_key)s::bytea
        or patron.national_id = %(national_id)s::text
    )
union
select card.patron_id
from cicero.card as card
where card.library = %(library)s
    and card.card_number = %(card_number)s::text
    and card.status = 'active'
order by patron_id;
