-- Remove failed log-ins that count no more.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.apply_retention
-- Spec        N3.8, X10
--
-- Parameters
--   keep_hours  integer  hours after the last failure
--
-- Writes      deletes rows of cms_api.failed_log_in; who is locked out stays
-- Repeatable  yes: the second call finds nothing

delete from cms_api.failed_log_in
where last_at < clock_timestamp() - make_interval(hours => %(keep_hours)s)
    and coalesce(locked_until, last_at) <= clock_timestamp();
