-- Take up what a run wrote and nobody has taken back yet.
--
-- Runs on     patron database, read-write, the transaction that opens the undo
-- Used by     steps.undo_run
-- Spec        X7
--
-- Parameters
--   undo_id    uuid     the call
--   run_id     uuid     the run to undo
--   fields     text[]   relation, card, pin, as far as they are meant
--   libraries  text[]   agency codes
--
-- Writes      patron_sync.undo_change: what was kept, failed or interrupted before is judged anew
-- Repeatable  yes: what is reversed stays so

insert into patron_sync.undo_change as known (
    run_id, library, record_no, field, target, undo_id, person_key
)
select
    plan.run_id,
    plan.library,
    plan.record_no,
    plan.field,
    plan.target,
    %(undo_id)s,
    plan.person_key
from patron_sync.plan as plan
where plan.run_id = %(run_id)s
    and plan.library = any(%(libraries)s)
    and plan.field = any(%(fields)s)
    and plan.state = 'confirmed'
on conflict (run_id, library, record_no, field, target) do update
    set
        undo_id = excluded.undo_id,
        state = 'planned',
        reason = null,
        settled_at = null
    where known.state <> 'reversed';
