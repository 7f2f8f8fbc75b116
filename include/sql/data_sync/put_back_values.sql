-- Put the values back that a run replaced.
--
-- Runs on     patron database, read-write, the transaction of one batch
-- Used by     steps.data_sync.undo_sync, after judge_reversals
-- Spec        X7
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      profiles.profile; a field that had no value loses the one that it got
-- Repeatable  no: the batch and what became of it are written together

update profiles.profile as profile
set
    fields = (profile.fields - taken_back.names) || taken_back.before,
    field_runs = profile.field_runs - taken_back.names,
    changed_at = now(),
    changed_run = null
from (
    select
        plan.profile_id,
        array_agg(reversal.field) as names,
        coalesce(
            jsonb_object_agg(reversal.field, plan.before -> reversal.field) filter (
                where plan.before ? reversal.field
            ),
            '{}'
        ) as before
    from data_sync.reversal as reversal
    inner join data_sync.plan as plan
        on reversal.run_id = plan.run_id
        and reversal.record_no = plan.record_no
    where reversal.run_id = %(run_id)s
        and reversal.state = 'planned'
        and reversal.kind = 'value'
    group by plan.profile_id
) as taken_back
where profile.profile_id = taken_back.profile_id;
