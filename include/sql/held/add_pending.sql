-- Let a later run take up patrons of a set whose changes were not made.
--
-- Runs on     patron database, read-write, the transaction of the decision
-- Used by     steps.decide_held_changes
-- Spec        X2, X5
--
-- Parameters
--   held_set_id  uuid     the set
--   is_return    boolean  to the other job: the value of the other side stands
--   reasons      text[]   which outcome reasons are taken up
--
-- Writes      patron_sync.pending; removals are taken up by themselves
-- Repeatable  yes: a patron who is pending already stays, no longer waits for a person, and is not
--             settled by a run that is under way

insert into patron_sync.pending as pending (flow, library, patron_id, reason)
select distinct on (plan.library, plan.patron_id)
    case when %(is_return)s = (run.flow = 'push') then 'pull' else 'push' end,
    plan.library,
    plan.patron_id,
    plan.outcome_reason
from patron_sync.plan as plan
inner join patron_sync.run as run on plan.run_id = run.run_id
inner join cicero.patron as patron on plan.patron_id = patron.patron_id
where plan.held_set_id = %(held_set_id)s
    and plan.state in ('failed', 'dropped')
    and plan.action <> 'remove'
    and plan.outcome_reason = any(%(reasons)s)
order by plan.library, plan.patron_id, plan.field
on conflict (flow, library, patron_id) do update
    set
        waits = false,
        reason = case when pending.waits then excluded.reason else pending.reason end,
        raised_xid = excluded.raised_xid;
