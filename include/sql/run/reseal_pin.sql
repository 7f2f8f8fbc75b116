-- Write a PIN that was encrypted anew because its patron's national id was corrected.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.fill_person_keys
-- Spec        N2.5
--
-- Parameters
--   patron_id        bigint   the patron
--   pin_before       bytea    the PIN that was read; another one is left alone
--   pin_encrypted    bytea    the same PIN under the new person key
--   pin_fingerprint  bytea    its fingerprint
--
-- Writes      one row of cicero.pin
-- Repeatable  yes: the second call finds another PIN

update cicero.pin
set
    pin_encrypted = %(pin_encrypted)s,
    pin_fingerprint = %(pin_fingerprint)s
where patron_id = %(patron_id)s
    and pin_encrypted = %(pin_before)s;
