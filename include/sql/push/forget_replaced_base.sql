-- Forget what was agreed with a record of the registry that was made anew.
--
-- Runs on     patron database, read-write, the transaction of a batch of answers
-- Used by     steps.apply_to_registry, before write_base
-- Spec        N1.4, X3
--
-- Parameters
--   run_id      uuid        the run
--   library     text        agency code
--   record_nos  integer[]   records that were answered
--
-- Writes      deletes rows of patron_sync.base: fields that the new record was not given
-- Repeatable  yes: the second call finds nothing

delete from patron_sync.base as base
using patron_sync.plan as made
where made.run_id = %(run_id)s
    and made.library = %(library)s
    and made.record_no = any(%(record_nos)s)
    and made.field = 'relation'
    and made.target = 'registry'
    and made.action = 'create'
    and made.state = 'confirmed'
    and base.library = made.library
    and base.person_key = made.person_key
    and base.field in ('card', 'pin')
    and not exists (
        select from patron_sync.plan as given
        where given.run_id = made.run_id
            and given.library = made.library
            and given.record_no = made.record_no
            and given.target = made.target
            and given.field = base.field
            and given.state = 'confirmed'
    );
