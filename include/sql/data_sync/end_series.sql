-- Note that the last run of a data sync's schedule has ended.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.end_series
-- Spec        D4.2, D6.1
--
-- Parameters
--   name     text     name of the definition
--   version  integer  the version whose schedule has ended
--
-- Writes      one row of data_sync.definition
-- Repeatable  yes: the second call finds nothing, so that it is announced once

update data_sync.definition
set completed_at = clock_timestamp()
where name = %(name)s
    and published_version = %(version)s
    and cancelled_at is null
    and completed_at is null;
