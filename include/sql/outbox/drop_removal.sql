-- Keep a relation that should have been removed, because a person has decided so.
--
-- Runs on     patron database, read-write
-- Used by     steps.outbox
-- Spec        X5, N3.7
--
-- Parameters
--   deletion_id  bigint   the removal
--
-- Writes      cicero.deleted_patron: settled, without national id
-- Repeatable  yes: what is settled is not touched again

update cicero.deleted_patron
set
    settled_at = clock_timestamp(),
    national_id = null
where deletion_id = %(deletion_id)s
    and settled_at is null;
