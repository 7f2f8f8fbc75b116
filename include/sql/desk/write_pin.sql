-- Give a patron a PIN.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.write_pin
-- Spec        N2.5, N3.6
--
-- Parameters
--   patron_id        bigint   the patron
--   pin_encrypted    bytea    nonce, text and tag
--   pin_fingerprint  bytea    keyed hash
--   must_change      boolean  the library handed it out
--   origin           text     librarian, patron, default or registry
--
-- Writes      one row of cicero.pin
-- Repeatable  yes: the same PIN stays, encrypted anew

insert into cicero.pin (patron_id, pin_encrypted, pin_fingerprint, must_change, origin)
values (
    %(patron_id)s, %(pin_encrypted)s, %(pin_fingerprint)s, %(must_change)s, %(origin)s
)
on conflict (patron_id) do update
    set
        pin_encrypted = excluded.pin_encrypted,
        pin_fingerprint = excluded.pin_fingerprint,
        must_change = excluded.must_change,
        origin = excluded.origin,
        changed_at = clock_timestamp();
