-- List the children of a guardian at a library.
--
-- Runs on     patron database, read-only
-- Used by     desk.list_children
-- Spec        N3.8
--
-- Parameters
--   library     text   agency code
--   person_key  bytea  keyed hash of the guardian's national id
--
-- Returns     patron_id; in order
-- Repeatable  yes: reads only

select guardian.patron_id
from cicero.guardian as guardian
inner join cicero.patron as patron on guardian.patron_id = patron.patron_id
where patron.library = %(library)s
    and guardian.person_key = %(person_key)s
order by guardian.patron_id;
