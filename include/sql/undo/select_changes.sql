-- Take up what a run wrote and nobody has taken back yet.
--
-- Runs on     patron database, read-write, the transaction that opens the undo
-- Used by     steps.undo_run, steps.undo_library
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
    and (
        plan.state = 'confirmed'
        -- The answer was lost: the registry says whether the value came through, unless a later
        -- run had to write it. A relation is planned anew, so it belongs to that run.
        or plan.state = 'failed'
        and plan.outcome_reason = 'UNAVAILABLE'
        and plan.target = 'registry'
        and plan.field <> 'relation'
        and not exists (
            select from patron_sync.plan as later
            inner join patron_sync.run as run on plan.run_id = run.run_id
            inner join patron_sync.run as later_run on later.run_id = later_run.run_id
            where later.patron_id = plan.patron_id
                and later.library = plan.library
                and later.field = plan.field
                and later.target = plan.target
                and later.state = 'confirmed'
                and later_run.started_at > run.started_at
        )
    )
on conflict (run_id, library, record_no, field, target) do update
    set
        undo_id = excluded.undo_id,
        state = 'planned',
        reason = null,
        settled_at = null
    where known.state <> 'reversed';
