-- Remember what the registry held, encrypted, before records are sent.
--
-- Runs on     patron database, read-write, the transaction that marks the batch as sent
-- Used by     steps.keep_journal
-- Spec        X7
--
-- Parameters
--   run_id            uuid        the run
--   library           text        agency code
--   record_nos        integer[]   records, one entry a field
--   fields            text[]      relation, card or pin
--   patron_ids        bigint[]    patrons
--   person_keys       bytea[]     person keys
--   actions           text[]      create, update or remove
--   are_known         boolean[]   false where the old value could not be read
--   old_values        bytea[]     encrypted card numbers and PINs, null where there was none
--   old_fingerprints  bytea[]     their fingerprints
--   new_fingerprints  bytea[]     what is sent
--
-- Writes      patron_sync.journal
-- Repeatable  no: each call adds rows; the step lists only what is not marked as sent

insert into patron_sync.journal (
    run_id, library, record_no, field, target, patron_id, person_key, action, is_known, old_value,
    old_fingerprint, new_fingerprint
)
select
    %(run_id)s,
    %(library)s,
    held.record_no,
    held.field,
    'registry',
    held.patron_id,
    held.person_key,
    held.action,
    held.is_known,
    held.old_value,
    held.old_fingerprint,
    held.new_fingerprint
from unnest(
    %(record_nos)s::integer[], %(fields)s::text[], %(patron_ids)s::bigint[],
    %(person_keys)s::bytea[], %(actions)s::text[], %(are_known)s::boolean[],
    %(old_values)s::bytea[], %(old_fingerprints)s::bytea[], %(new_fingerprints)s::bytea[]
) as held (
    record_no, field, patron_id, person_key, action, is_known, old_value, old_fingerprint,
    new_fingerprint
);
