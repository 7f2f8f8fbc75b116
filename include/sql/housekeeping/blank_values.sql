-- Remove the values that a run of a data sync wrote and replaced; the names of the fields stay.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.data_sync.forget_syncs
-- Spec        X7, X8, X10
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      data_sync.plan and one row of data_sync.run; only of a run that has ended. Its row is
--             locked, so that nobody takes it back meanwhile
-- Repeatable  yes: the second call finds nothing

with old as (
    update data_sync.run
    set values_gone_at = now()
    where run_id = %(run_id)s
        and state in ('succeeded', 'failed')
        and values_gone_at is null
    returning run_id
)

update data_sync.plan as plan
set
    fields = data_sync.without_values(plan.fields),
    before = data_sync.without_values(plan.before)
from old
where plan.run_id = old.run_id
    and plan.action <> 'link';
