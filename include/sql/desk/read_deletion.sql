-- Read how far the last removal of a patron's relation has come.
--
-- Runs on     patron database, read-only
-- Used by     desk.look_at_patron
-- Spec        N3.7
--
-- Parameters
--   patron_id  bigint  the patron who was deleted
--
-- Returns     one row or none: library, deleted_at, had_consent, settled_at, is_back (the person is
--             a patron of the library again)
-- Repeatable  yes: reads only

select
    deleted.library,
    deleted.deleted_at,
    deleted.had_consent,
    deleted.settled_at,
    exists(
        select from cicero.patron as again
        where again.library = deleted.library
            and again.person_key = deleted.person_key
    ) as is_back
from cicero.deleted_patron as deleted
where deleted.patron_id = %(patron_id)s
order by deleted.deletion_id desc
limit 1;
