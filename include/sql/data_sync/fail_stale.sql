-- Take out of a batch what another sync or a person has changed since it was planned.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.load_profiles
-- Spec        X1, X5
--
-- Parameters
--   run_id      uuid     the run
--   after_no    integer  records behind this one
--   through_no  integer  up to this one
--
-- Writes      data_sync.plan; the next run plans these records anew
-- Repeatable  yes: the second call finds nothing

update data_sync.plan as plan
set state = 'failed', reason = 'CHANGED_SINCE_PLAN'
from data_sync.run as run
where run.run_id = %(run_id)s
    and plan.run_id = run.run_id
    and plan.state = 'planned'
    and plan.record_no > %(after_no)s
    and plan.record_no <= %(through_no)s
    and (
        -- The record is another profile by now; of an update it may be this one already.
        exists (
            select from profiles.source_link as link
            where link.source = run.source -- noqa: RF01
                and link.record_id = plan.record_id
                and (plan.action <> 'update' or link.profile_id <> plan.profile_id)
        )
        -- The profile is another record. The number of one to be created is nobody else's.
        or plan.action <> 'create'
        and exists (
            select from profiles.source_link as link
            where link.source = run.source -- noqa: RF01
                and link.profile_id = plan.profile_id
                and (plan.action <> 'update' or link.record_id <> plan.record_id)
        )
        or plan.action <> 'create'
        and not exists (
            select from profiles.profile as profile
            where profile.profile_id = plan.profile_id
                and profile.fields @> plan.before
                -- A field that was to be filled has been filled by somebody else.
                and not exists (
                    select from jsonb_object_keys(plan.fields) as filled (name)
                    where profile.fields ? filled.name
                        and not plan.before ? filled.name
                )
        )
    );
