-- Keep others from changing cards or PIN of a patron until the transaction ends.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.lock_patron
-- Spec        N3.2, N3.6
--
-- Parameters
--   patron_id  bigint  the patron
--   library    text    agency code
--
-- Returns     patron_id; no row where the library has no such patron
-- Repeatable  yes: the lock is held already

select patron.patron_id
from cicero.patron as patron
where patron.patron_id = %(patron_id)s
    and patron.library = %(library)s
for no key update;
