-- Read one profile.
--
-- Runs on     patron database, read-only
-- Used by     web.views.profiles
-- Spec        D0.2
--
-- Parameters
--   profile_id  bigint  the profile
--
-- Returns     profile_id, type, fields, created_at, changed_at; no row if there is none
-- Repeatable  yes: reads only

select
    profile.profile_id,
    profile.type,
    profile.fields,
    profile.created_at,
    profile.changed_at
from profiles.profile as profile
where profile.profile_id = %(profile_id)s;
