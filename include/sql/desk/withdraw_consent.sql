-- End the consent of a patron.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.withdraw_consent
-- Spec        N3.1
--
-- Parameters
--   patron_id          bigint  the patron
--   consent_type       text    what was consented to
--   withdrawn_by       text    librarian or patron
--   withdrawn_through  text    desk or cms_api
--
-- Writes      one row of cicero.consent; the row stays as history
-- Repeatable  yes: the second call finds nothing

update cicero.consent
set
    withdrawn_at = greatest(clock_timestamp(), given_at),
    withdrawn_by = %(withdrawn_by)s,
    withdrawn_through = %(withdrawn_through)s
where patron_id = %(patron_id)s
    and consent_type = %(consent_type)s
    and withdrawn_at is null;
