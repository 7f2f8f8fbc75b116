-- Delete a data sync; its runs, its versions and all profiles stay.
--
-- Runs on     patron database, read-write
-- Used by     steps.data_sync.definitions
-- Spec        D6.2, D6.3
--
-- Parameters
--   name  text  name of the definition
--
-- Writes      deletes one row of data_sync.definition
-- Repeatable  yes: the second call finds nothing

delete from data_sync.definition
where name = %(name)s;
