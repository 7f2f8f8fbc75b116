-- List the next records of which the registry is to be asked, a row for each change.
--
-- Runs on     patron database, read-only
-- Used by     steps.undo_library
-- Spec        X7, N3.1
--
-- Parameters
--   undo_id     uuid      the call
--   library     text      agency code
--   after_no    integer   last record number of the batch before; 0 at first
--   batch_size  integer   records at most
--
-- Returns     record_no, field, patron_id, person_key, national_id, action, old_value,
--             old_fingerprint, new_fingerprint, was_sent; ordered by record_no, field
-- Repeatable  yes: reads only

select
    change.record_no,
    change.field,
    patron.patron_id,
    change.person_key,
    patron.national_id,
    journal.action,
    journal.old_value,
    journal.old_fingerprint,
    journal.new_fingerprint,
    change.was_sent
from patron_sync.undo_change as change
inner join patron_sync.journal as journal
    on change.run_id = journal.run_id
    and change.library = journal.library
    and change.record_no = journal.record_no
    and change.field = journal.field
    and change.target = journal.target
inner join cicero.patron as patron
    on change.library = patron.library
    and change.person_key = patron.person_key
where change.undo_id = %(undo_id)s
    and change.library = %(library)s
    and change.target = 'registry'
    and change.state = 'planned'
    and change.record_no in (
        select next.record_no
        from patron_sync.undo_change as next
        where next.undo_id = %(undo_id)s
            and next.library = %(library)s
            and next.target = 'registry'
            and next.state = 'planned'
            and next.record_no > %(after_no)s
        group by next.record_no
        order by next.record_no
        limit %(batch_size)s
    )
order by change.record_no, change.field;
