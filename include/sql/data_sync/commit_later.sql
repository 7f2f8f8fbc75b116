-- Let this transaction's commit not wait for the disk.
--
-- Runs on     patron database, read-write, the transaction of one page
-- Used by     steps.data_sync.extract_records
-- Spec        D4.3
--
-- Parameters  none
--
-- Writes      nothing; a page that a crash of the server takes back is read again, because its
--             place goes with it, and later commits wait for all that were before them
-- Repeatable  yes

select set_config('synchronous_commit', 'off', true);
