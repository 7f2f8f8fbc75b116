-- List the patrons of a library whose person key is still to be computed.
--
-- Runs on     patron database, read-only
-- Used by     steps.fill_person_keys
-- Spec        N3.1
--
-- Parameters
--   library  text   agency code
--
-- Returns     patron_id, national_id; patrons whose national id is not valid come each time
-- Repeatable  yes: reads only

select
    patron.patron_id,
    patron.national_id
from cicero.patron as patron
where patron.library = %(library)s
    and patron.person_key is null
    and patron.national_id is not null
order by patron.patron_id;
