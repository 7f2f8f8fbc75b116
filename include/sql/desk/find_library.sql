-- Find the library of a patron; the number of a patron is the same nowhere else.
--
-- Runs on     patron database, read-only
-- Used by     desk.find_library
-- Spec        N3.8
--
-- Parameters
--   patron_id  bigint  the patron
--
-- Returns     library; no row where there is no such patron, or not any more
-- Repeatable  yes: reads only

select patron.library
from cicero.patron as patron
where patron.patron_id = %(patron_id)s;
