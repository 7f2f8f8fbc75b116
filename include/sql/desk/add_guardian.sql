-- Name the guardian of a child, or another one.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.create_patron
-- Spec        N3.8
--
-- Parameters
--   patron_id   bigint  the patron
--   person_key  bytea   keyed hash of the guardian's national id
--   name        text    the guardian's name
--   contact     jsonb   e-mail, phone, address
--
-- Writes      one row of cicero.guardian
-- Repeatable  yes: the same guardian stays

insert into cicero.guardian (patron_id, person_key, name, contact)
values (%(patron_id)s, %(person_key)s, %(name)s, %(contact)s)
on conflict (patron_id) do update
    set
        person_key = excluded.person_key,
        name = excluded.name,
        contact = excluded.contact,
        since = clock_timestamp();
