-- List the patrons of a library whose person key is still to be computed.
--
-- Runs on     patron database, read-only
-- Used by     steps.fill_person_keys
-- Spec        N3.1
--
-- Parameters
--   library  text   agency code
--
-- Returns     patron_id, national_id, former_person_key and pin_encrypted where there is one;
--             patrons whose national id is not valid come each time
-- Repeatable  yes: reads only

select
    patron.patron_id,
    patron.national_id,
    patron.former_person_key,
    pin.pin_encrypted
from cicero.patron as patron
left join cicero.pin as pin
    on patron.patron_id = pin.patron_id
    and patron.former_person_key is not null
where patron.library = %(library)s
    and patron.person_key is null
    and patron.national_id is not null
order by patron.patron_id;
