-- Write down that a patron consents.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.give_consent
-- Spec        N3.1
--
-- Parameters
--   patron_id      bigint  the patron
--   consent_type   text    what is consented to
--   given_by       text    librarian or patron
--   given_through  text    desk or cms_api
--
-- Writes      one row of cicero.consent, none where consent is in force already
-- Repeatable  yes: the consent that is in force stays as it is

insert into cicero.consent (patron_id, consent_type, given_by, given_through)
values (%(patron_id)s, %(consent_type)s, %(given_by)s, %(given_through)s)
on conflict (patron_id, consent_type) where withdrawn_at is null do nothing;
