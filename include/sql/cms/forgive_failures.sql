-- Forget the failed log-ins of somebody who has succeeded.
--
-- Runs on     patron database, read-write, the transaction of the log-in
-- Used by     cms_api.log_in_guard
-- Spec        N3.8
--
-- Parameters
--   subject  bytea  keyed hash of library and user or card
--
-- Writes      deletes a row of cms_api.failed_log_in
-- Repeatable  yes: the second call finds nothing

delete from cms_api.failed_log_in
where subject = %(subject)s;
