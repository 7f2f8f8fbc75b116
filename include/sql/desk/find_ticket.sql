-- Find the patron without a national id whom a request has created already.
--
-- Runs on     patron database, read-only
-- Used by     desk.create_patron, desk.find_patron
-- Spec        N3.2
--
-- Parameters
--   library  text   agency code
--   pin_key  bytea  ticket of the request, under which the PIN is kept
--
-- Returns     patron_id; no row where the request comes for the first time
-- Repeatable  yes: reads only

select patron.patron_id
from cicero.patron as patron
where patron.library = %(library)s
    and patron.national_id is null
    and patron.former_person_key = %(pin_key)s;
