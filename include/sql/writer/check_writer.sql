-- Make sure that this run may still write, until the transaction ends.
--
-- Runs on     patron database, read-write, first in every transaction that writes values
-- Used by     ledger.writer
-- Spec        N4.1
--
-- Parameters
--   run_id  uuid      the run
--   token   bigint    what take_writer gave
--
-- Returns     one row, or none when another run has taken over
-- Repeatable  yes: the row is locked against being taken over, not changed

select writer.token
from patron_sync.writer as writer
where writer.run_id = %(run_id)s
    and writer.token = %(token)s
for share;
