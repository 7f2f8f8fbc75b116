-- Take records out that the type of the sync does not allow to be written.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.plan_profiles
-- Spec        D1.2, D1.5
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      data_sync.verdict
-- Repeatable  yes: a verdict that is there stays

insert into data_sync.verdict (run_id, record_no, outcome, reason)
select
    judged.run_id,
    judged.record_no,
    case when judged.reason in ('HAS_PROFILE', 'NO_PROFILE') then 'left_out' else 'failed' end,
    judged.reason
from (
    select
        staged.run_id,
        staged.record_no,
        case
            when profile.profile_id is null and run.type = 'update' then 'NO_PROFILE'
            when profile.profile_id is not null and run.type = 'create' then 'HAS_PROFILE'
            when profile.type <> run.profile_type then 'OTHER_TYPE'
            when profile.profile_id is null and not staged.fields ?& run.required then 'MISSING'
        end as reason
    from data_sync.run as run
    inner join data_sync.staged as staged on run.run_id = staged.run_id
    left join profiles.source_link as link
        on run.source = link.source
        and staged.record_id = link.record_id
    left join data_sync.match as found
        on staged.run_id = found.run_id
        and staged.record_no = found.record_no
    left join profiles.profile as profile
        on coalesce(link.profile_id, found.profile_id) = profile.profile_id
    where run.run_id = %(run_id)s
        and not exists (
            select from data_sync.verdict as verdict
            where verdict.run_id = staged.run_id
                and verdict.record_no = staged.record_no
        )
) as judged
where judged.reason is not null
on conflict (run_id, record_no) do nothing;
