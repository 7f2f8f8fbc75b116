-- Remove the sessions that have expired.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.apply_retention
-- Spec        N3.8, X10
--
-- Parameters  none
--
-- Writes      deletes rows of cms_api.session
-- Repeatable  yes: the second call finds nothing

delete from cms_api.session
where expires_at <= clock_timestamp();
