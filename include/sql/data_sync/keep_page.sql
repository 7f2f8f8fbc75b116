-- Write down behind which page a repeated extract goes on.
--
-- Runs on     patron database, read-write, the transaction of one page
-- Used by     steps.data_sync.extract_records
-- Spec        N4.1, X4
--
-- Parameters
--   run_id       uuid     the run
--   page_cursor  text     opaque
--   records      integer  records of the page
--
-- Writes      one row of data_sync.run
-- Repeatable  no: each call counts

update data_sync.run
set
    page_cursor = %(page_cursor)s,
    read_count = read_count + %(records)s
where run_id = %(run_id)s
    and stage = 'opened';
