-- Add a patron to a library, unless the person is one already.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.create_patron
-- Spec        N3.2
--
-- Parameters
--   library      text   agency code
--   national_id  text   digits, or null
--   person_key   bytea  its keyed hash, or null
--   pin_key      bytea  key for the PIN of a patron without a national id, else null
--   surname      text   surname
--   first_name   text   first name, may be empty
--   name_origin  text   librarian, guardian, registry or unknown
--   created_by   text   librarian or self_service
--
-- Returns     patron_id; no row where the library has the person already, waiting for whoever
--             creates the same person at this moment
-- Repeatable  yes: the second call returns nothing

insert into cicero.patron (
    library, national_id, person_key, former_person_key, surname, first_name, name_origin,
    created_by
)
values (
    %(library)s, %(national_id)s, %(person_key)s, %(pin_key)s, %(surname)s, %(first_name)s,
    %(name_origin)s, %(created_by)s
)
on conflict do nothing
returning patron_id;
