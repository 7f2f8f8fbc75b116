-- Let this session write for one library of a run.
--
-- Runs on     patron database, read-write
-- Used by     ledger.writer
-- Spec        N4.1, X2
--
-- Parameters
--   run_id   uuid   the run
--   library  text   agency code
--
-- Returns     token, or null while another run writes, or another process for this library
-- Repeatable  yes: the same run keeps its token

select patron_sync.take_writer(%(run_id)s, %(library)s) as token;
