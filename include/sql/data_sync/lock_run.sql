-- Read what a decision on a run or its undo depends on, and let nobody else decide meanwhile.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.decide_sync, steps.data_sync.undo_sync
-- Spec        X2, X7
--
-- Parameters
--   run_id       uuid     the run
--   expire_days  integer  so long can be decided
--
-- Returns     run_id, name, version, asked_by, state, stage, is_dry_run, decision, decided_by,
--             undone_at, values_gone_at, held (records), is_expired, is_superseded; no row if there
--             is no such run
-- Repeatable  yes: reads only

select
    run.run_id,
    run.name,
    run.version,
    run.asked_by,
    run.state,
    run.stage,
    run.is_dry_run,
    run.decision,
    run.decided_by,
    run.undone_at,
    run.values_gone_at,
    (
        select count(*)
        from data_sync.plan as plan
        where plan.run_id = run.run_id
            and plan.state = 'held'
    ) as held,
    run.started_at + %(expire_days)s * interval '1 day' < clock_timestamp() as is_expired,
    exists(
        select from data_sync.run as later
        where later.name = run.name
            and later.started_at > run.started_at
            and later.state in ('succeeded', 'held')
            and not later.is_dry_run
    ) as is_superseded
from data_sync.run as run
where run.run_id = %(run_id)s
for update of run;
