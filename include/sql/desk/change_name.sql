-- Correct the name of a patron.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.change_name
-- Spec        N3.2
--
-- Parameters
--   patron_id   bigint  the patron
--   library     text    agency code
--   surname     text    surname
--   first_name  text    first name, may be empty
--
-- Writes      one row of cicero.patron
-- Returns     patron_id; no row where the library has no such patron
-- Repeatable  yes: the same name stays

update cicero.patron
set
    surname = %(surname)s,
    first_name = %(first_name)s,
    name_origin = 'librarian'
where patron_id = %(patron_id)s
    and library = %(library)s
returning patron_id;
