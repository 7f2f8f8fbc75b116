-- Let one log-in of a patron or CMS user be judged at a time, until the transaction ends.
--
-- Runs on     patron database, read-write, the transaction of the log-in
-- Used by     cms_api.log_in_guard
-- Spec        N3.8
--
-- Parameters
--   subject  bytea  keyed hash of library and user or card
--
-- Returns     nothing of use
-- Repeatable  yes: the lock is held already

select pg_advisory_xact_lock(hashtextextended(encode(%(subject)s, 'hex'), 0));
