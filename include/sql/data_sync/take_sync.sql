-- Let this session alone work for a data sync.
--
-- Runs on     patron database, any
-- Used by     steps.data_sync.running_alone
-- Spec        D4.3
--
-- Parameters
--   name  text  name of the definition
--
-- Returns     is_taken, false while another session holds it
-- Repeatable  yes: who holds it gets it again, and leaves it as often

select pg_try_advisory_lock(hashtextextended('data sync ' || %(name)s, 0)) as is_taken;
