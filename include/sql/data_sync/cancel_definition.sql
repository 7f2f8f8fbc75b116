-- Take a data sync off its schedule.
--
-- Runs on     patron database, read-write
-- Used by     steps.data_sync.definitions
-- Spec        D6.2
--
-- Parameters
--   name  text  name of the definition
--
-- Writes      one row of data_sync.definition
-- Repeatable  yes: the second call finds nothing

update data_sync.definition
set cancelled_at = clock_timestamp()
where name = %(name)s
    and published_version is not null
    and cancelled_at is null;
