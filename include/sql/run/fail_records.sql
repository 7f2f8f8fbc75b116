-- Take records out of a run that a step could not deal with.
--
-- Runs on     patron database, read-write
-- Used by     steps.look_up_persons
-- Spec        N4.2, X5
--
-- Parameters
--   run_id      uuid        the run
--   library     text        agency code
--   step        text        name of the step
--   record_nos  integer[]   staged records
--   reasons     text[]      why, in the same order
--
-- Writes      moves rows of patron_sync.staged_patron to patron_sync.verdict
-- Repeatable  yes: the second call finds nothing

with taken_out as (
    delete from patron_sync.staged_patron as staged
    using unnest(%(record_nos)s::integer[], %(reasons)s::text[]) as failed (record_no, reason)
    where staged.run_id = %(run_id)s
        and staged.library = %(library)s
        and staged.record_no = failed.record_no
    returning staged.record_no, staged.person_key, staged.patron_id, failed.reason
)

insert into patron_sync.verdict (
    run_id, library, record_no, step, outcome, reason, person_key, patron_id
)
select
    %(run_id)s,
    %(library)s,
    taken_out.record_no,
    %(step)s,
'failed',
    taken_out.reason,
    taken_out.person_key,
    taken_out.patron_id
from taken_out;
