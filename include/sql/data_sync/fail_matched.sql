-- Take out of a batch who would be created, and whose profile another sync has made meanwhile.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.load_profiles
-- Spec        D0.3, X1
--
-- Parameters
--   run_id      uuid     the run
--   key         text     field of the profile
--   after_no    integer  records behind this one
--   through_no  integer  up to this one
--
-- Writes      data_sync.plan; the next run plans these records anew
-- Repeatable  yes: the second call finds nothing

update data_sync.plan as plan
set state = 'failed', reason = 'CHANGED_SINCE_PLAN'
from data_sync.run as run
where run.run_id = %(run_id)s
    -- Where no other run has written since, there is nobody to find. This names the run by the
    -- parameter alone, so that it is asked once and not for each record.
    and exists (
        select from data_sync.run as other
        inner join data_sync.run as this on this.run_id = %(run_id)s
        where other.run_id <> this.run_id
            and not other.is_dry_run
            and (
                other.finished_at is null
                or other.finished_at > this.started_at
                or other.undone_at > this.started_at
            )
    )
    and plan.run_id = run.run_id
    and plan.state = 'planned'
    and plan.action = 'create'
    and plan.record_no > %(after_no)s
    and plan.record_no <= %(through_no)s
    and exists (
        select from profiles.profile as profile
        where lower(profile.fields ->> %(key)s) = lower(plan.fields ->> %(key)s)
            and profile.type = run.profile_type -- noqa: RF01
            -- Who is another record of the same system is somebody else.
            and not exists (
                select from profiles.source_link as link
                where link.profile_id = profile.profile_id
                    and link.source = run.source -- noqa: RF01
            )
    );
