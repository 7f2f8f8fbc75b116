-- Let the held changes of a run be written after all.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.decide_sync
-- Spec        X2
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      data_sync.plan, where what was written becomes confirmed and what was held planned;
--             data_sync.run, which goes back to before the first of these
-- Repeatable  yes: the second call finds nothing

with released as (
    update data_sync.plan
    set state = 'planned', reason = null
    where run_id = %(run_id)s
        and state = 'held'
    returning record_no
),

written as (
    update data_sync.plan as plan
    set state = 'confirmed'
    from data_sync.run as run
    where run.run_id = %(run_id)s
        and plan.run_id = run.run_id
        and plan.state = 'planned'
        and plan.record_no <= run.loaded_through
)

update data_sync.run
set
    loaded_through = least(
        loaded_through, (select coalesce(min(released.record_no) - 1, 0) from released)
    ),
    stage = 'guarded',
    state = 'running',
    finished_at = null
where run_id = %(run_id)s
    and exists (select from released);
