-- Read whether somebody is locked out after failed log-ins.
--
-- Runs on     patron database, read-only
-- Used by     cms_api.log_in_guard
-- Spec        N3.8
--
-- Parameters
--   subject  bytea  keyed hash of library and user or card
--
-- Returns     failures, locked_for_s; no row where none is remembered. locked_for_s counts whole
--             seconds, 0 where nobody is locked out
-- Repeatable  yes: reads only

select
    failed.failures,
    greatest(
        0, ceil(extract(epoch from failed.locked_until - clock_timestamp()))
    )::integer as locked_for_s
from cms_api.failed_log_in as failed
where failed.subject = %(subject)s;
