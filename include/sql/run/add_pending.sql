-- Remember the patrons whom a run could not deal with, for the next one.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.move_watermark
-- Spec        X5
--
-- Parameters
--   run_id     uuid     the run
--   permanent  text[]   reasons for which trying again cannot help
--
-- Writes      patron_sync.pending; since stays, so that the alarm counts from the first time. Who
--             was raised while the run was under way does not wait for a person
-- Repeatable  no: each call counts an attempt; the step calls it once for each library and run

with failed as (
    select
        plan.library,
        plan.patron_id,
        plan.outcome_reason as reason
    from patron_sync.plan as plan
    where plan.run_id = %(run_id)s
        and plan.state = 'failed'
        and plan.action <> 'remove'
    union all
    select
        verdict.library,
        verdict.patron_id,
        verdict.reason
    from patron_sync.verdict as verdict
    where verdict.run_id = %(run_id)s
        and verdict.outcome = 'failed'
        and verdict.patron_id is not null
)

insert into patron_sync.pending as pending (flow, library, patron_id, reason, waits, raised_xid)
select
    run.flow,
    failed.library,
    failed.patron_id,
    min(failed.reason),
    -- One field that may succeed later is enough to try again.
    bool_and(failed.reason = any(%(permanent)s::text[])),
    lib.until_xid
from patron_sync.run as run
inner join patron_sync.run_library as lib on run.run_id = lib.run_id
inner join failed on lib.library = failed.library
where run.run_id = %(run_id)s
    and lib.stage = 'loaded'
group by run.flow, failed.library, failed.patron_id, lib.until_xid
on conflict (flow, library, patron_id) do update
    set
        reason = excluded.reason,
        attempts = pending.attempts + 1,
        -- Who was raised since the run was opened is taken up by the next, whatever failed here.
        waits = excluded.waits and pending.raised_xid < excluded.raised_xid,
        raised_xid = greatest(pending.raised_xid, excluded.raised_xid);
