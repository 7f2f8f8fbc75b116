-- Let others write for this library again.
--
-- Runs on     patron database, any
-- Used by     ledger.writer
-- Spec        N4.1
--
-- Parameters
--   run_id   uuid   the run
--   library  text   agency code
--
-- Returns     nothing of use
-- Repeatable  yes: a lock that is not held stays so

select
    pg_advisory_unlock_shared(patron_sync.writer_lock(%(run_id)s::uuid::text)) as left_run,
    pg_advisory_unlock(patron_sync.writer_lock(%(library)s)) as left_library;
