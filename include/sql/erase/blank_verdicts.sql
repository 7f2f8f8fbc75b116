-- Take a person out of verdicts; what is left is a count with its reason.
--
-- Runs on     patron database, read-write, the transaction of the erasure
-- Used by     steps.erase_person
-- Spec        X10, X4
--
-- Parameters
--   patron_ids   bigint[]   the person's patrons
--   person_keys  bytea[]    the person's keys
--
-- Writes      patron_sync.verdict
-- Repeatable  yes: the second call finds nothing

update patron_sync.verdict
set
    person_key = null,
    patron_id = null,
    deletion_id = null
where patron_id = any(%(patron_ids)s)
    or person_key = any(%(person_keys)s);
