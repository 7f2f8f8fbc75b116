-- Keep the same request from being carried out at the same moment, until the transaction ends.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.create_patron
-- Spec        N3.2
--
-- Parameters
--   ticket  text  random hex digits of the request
--
-- Returns     nothing of use
-- Repeatable  yes: the lock is held already

select pg_advisory_xact_lock(hashtextextended(%(ticket)s, 1));
