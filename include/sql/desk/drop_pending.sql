-- Forget what waits to be done for a patron, because the consent has ended.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.withdraw_consent
-- Spec        N3.1
--
-- Parameters
--   patron_id  bigint  the patron
--
-- Writes      deletes rows of patron_sync.pending
-- Repeatable  yes: the second call finds nothing

delete from patron_sync.pending
where patron_id = %(patron_id)s;
