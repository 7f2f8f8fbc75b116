-- Read what profiles are, without a value of them.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.explain_records
-- Spec        X6
--
-- Parameters
--   profile_ids  bigint[]   the profiles
--
-- Returns     profile_id, type, created_at, created_run (null where no data sync made it),
--             changed_at, fields (their names, in order); ordered by profile_id
-- Repeatable  yes: reads only

select
    profile.profile_id,
    profile.type,
    profile.created_at,
    profile.created_run,
    profile.changed_at,
    array(
        select field.name
        from jsonb_object_keys(profile.fields) as field (name)
        order by field.name
    ) as fields
from profiles.profile as profile
where profile.profile_id = any(%(profile_ids)s::bigint[])
order by profile.profile_id;
