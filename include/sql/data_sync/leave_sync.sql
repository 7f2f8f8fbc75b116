-- Let others work for a data sync again.
--
-- Runs on     patron database, any
-- Used by     steps.data_sync.running_alone
-- Spec        D4.3
--
-- Parameters
--   name  text  name of the definition
--
-- Returns     is_left
-- Repeatable  yes: what is not held stays so

select pg_advisory_unlock(hashtextextended('data sync ' || %(name)s, 0)) as is_left;
