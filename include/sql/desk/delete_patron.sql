-- Delete a patron of a library.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.delete_patron
-- Spec        N3.7
--
-- Parameters
--   patron_id  bigint  the patron
--   library    text    agency code
--
-- Writes      deletes a row of cicero.patron and what hangs on it; the removal of the relation
--             outlives it in cicero.deleted_patron
-- Returns     patron_id; no row where the library has no such patron
-- Repeatable  yes: the second call returns nothing

delete from cicero.patron
where patron_id = %(patron_id)s
    and library = %(library)s
returning patron_id;
