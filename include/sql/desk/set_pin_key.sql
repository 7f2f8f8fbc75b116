-- Give a patron without a national id a key for the PIN.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.write_pin
-- Spec        N2.5
--
-- Parameters
--   patron_id  bigint  the patron
--   pin_key    bytea   32 random bytes
--
-- Writes      one row of cicero.patron
-- Returns     pin_key, the one that holds
-- Repeatable  yes: a key that is there stays

update cicero.patron
set former_person_key = coalesce(former_person_key, %(pin_key)s)
where patron_id = %(patron_id)s
    and person_key is null
returning former_person_key as pin_key;
