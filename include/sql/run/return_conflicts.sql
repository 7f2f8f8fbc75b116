-- Let the other job carry the values that were changed later on its side.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.move_watermark
-- Spec        X3
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      patron_sync.pending of the other flow
-- Repeatable  yes: a patron who is pending already stays, no longer waits for a person, and is not
--             settled by a run that is under way

insert into patron_sync.pending as pending (flow, library, patron_id, reason)
select distinct
    case run.flow when 'pull' then 'push' else 'pull' end,
    plan.library,
    plan.patron_id,
    plan.outcome_reason
from patron_sync.run as run
inner join patron_sync.run_library as lib on run.run_id = lib.run_id
inner join patron_sync.plan as plan
    on lib.run_id = plan.run_id
    and lib.library = plan.library
inner join cicero.patron as patron on plan.patron_id = patron.patron_id
where run.run_id = %(run_id)s
    and lib.stage = 'loaded'
    and plan.state = 'dropped'
    and plan.outcome_reason = 'TARGET_NEWER'
on conflict (flow, library, patron_id) do update
    set
        waits = false,
        reason = case when pending.waits then excluded.reason else pending.reason end,
        raised_xid = excluded.raised_xid;
