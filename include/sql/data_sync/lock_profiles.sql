-- Let one data sync at a time write into the profiles.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.load_profiles
-- Spec        X1
--
-- Parameters  none
--
-- Returns     nothing of use; waits for the transaction of another sync to end
-- Repeatable  yes: the lock is held already

select pg_advisory_xact_lock(hashtextextended('profiles', 0));
