-- Take records of a library system into the staging area.
--
-- Runs on     patron database, read-write, the transaction of one page
-- Used by     steps.data_sync.extract_records
-- Spec        D1.4, D1.5, D2, D3
--
-- Parameters  none
--
-- Writes      data_sync.staged, one row a record
-- Repeatable  no: the page and its place are written together, so that a repeated step
--             goes on behind it

copy data_sync.staged (
    run_id, record_no, record_id, defect, filters, fields, emptied, problems
) from stdin; -- noqa: PRS
