-- Write down that records are about to be sent, so that a lost answer can be told from none.
--
-- Runs on     patron database, read-write, committed before the first call
-- Used by     steps.apply_to_registry
-- Spec        X5
--
-- Parameters
--   run_id       uuid       the run
--   library      text       agency code
--   record_nos   integer[]  records of the batch
--   held_set_id  uuid       only what waited with this set; null for what never waited
--
-- Writes      patron_sync.plan
-- Repeatable  yes: rows sent already are left as they are

update patron_sync.plan
set state = 'sent'
where run_id = %(run_id)s
    and library = %(library)s
    and target = 'registry'
    and state = 'planned'
    and (
        held_set_id = %(held_set_id)s
        or %(held_set_id)s::uuid is null and held_set_id is null
    )
    and record_no = any(%(record_nos)s);
