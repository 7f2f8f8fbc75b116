-- Change the planned profiles of a batch.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.load_profiles
-- Spec        D1.2, D1.4
--
-- Parameters
--   run_id      uuid     the run
--   after_no    integer  records behind this one
--   through_no  integer  up to this one
--
-- Writes      profiles.profile; which run wrote a field is kept with it
-- Repeatable  no: the batch and its place are written together

update profiles.profile as profile
set
    fields = (profile.fields || plan.fields) - plan.cleared,
    field_runs = profile.field_runs || (
        select coalesce(jsonb_object_agg(written.name, %(run_id)s::text), '{}')
        from (
            select jsonb_object_keys(plan.fields) as name -- noqa: RF01
            union all
            select unnest(plan.cleared) as name -- noqa: RF01
        ) as written
    ),
    changed_at = now(),
    changed_run = plan.run_id
from data_sync.plan as plan
where plan.run_id = %(run_id)s
    and plan.action = 'update'
    and plan.state = 'planned'
    and plan.record_no > %(after_no)s
    and plan.record_no <= %(through_no)s
    and profile.profile_id = plan.profile_id;
