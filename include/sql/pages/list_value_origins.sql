-- List where each value of a profile came from.
--
-- Runs on     patron database, read-only
-- Used by     web.views.profiles
-- Spec        D5.1, X6
--
-- Parameters
--   profile_id  bigint  the profile
--
-- Returns     field, and of the run that wrote it run_id, sync and started_at, each null where no
--             run is known; ordered by field
-- Repeatable  yes: reads only

select
    value.field,
    run.run_id,
    run.name as sync,
    run.started_at
from profiles.profile as profile
cross join lateral jsonb_object_keys(profile.fields) as value (field)
left join data_sync.run as run
    on coalesce((profile.field_runs ->> value.field)::uuid, profile.created_run) = run.run_id
where profile.profile_id = %(profile_id)s
order by value.field;
