-- Count a failed log-in, and lock out whoever fails too often in a row.
--
-- Runs on     patron database, read-write, the transaction of the log-in
-- Used by     cms_api.log_in_guard
-- Spec        N3.8
--
-- Parameters
--   subject         bytea    keyed hash of library and user or card
--   most            integer  failures that lock out, at least 2
--   lock_minutes    integer  length of the first lock-out
--   remember_hours  integer  failures that are older are forgotten
--
-- Writes      one row of cms_api.failed_log_in; each failure beyond the first lock-out doubles its
--             length, up to sixteen times
-- Returns     failures in a row
-- Repeatable  no: each failure counts

insert into cms_api.failed_log_in as failed (subject)
values (%(subject)s)
on conflict (subject) do update
    set
        failures = case
            when failed.last_at < clock_timestamp() - make_interval(hours => %(remember_hours)s)
                then 1
            else failed.failures + 1
        end,
        last_at = clock_timestamp(),
        locked_until = case
            when failed.last_at < clock_timestamp() - make_interval(hours => %(remember_hours)s)
                then null
            when failed.failures + 1 >= %(most)s
                then clock_timestamp() + make_interval(mins => %(lock_minutes)s)
                    * power(2, least(failed.failures + 1 - %(most)s, 4))
        end
returning failures;
