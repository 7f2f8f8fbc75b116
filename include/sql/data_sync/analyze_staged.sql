-- Tell the planner how large the staging area is.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.data_sync.extract_records
-- Spec        D4.3
--
-- Parameters  none
--
-- Writes      statistics
-- Repeatable  yes

analyze data_sync.staged (run_id, record_no, record_id);
