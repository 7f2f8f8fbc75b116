-- List which records of library systems a profile is.
--
-- Runs on     patron database, read-only
-- Used by     web.views.profiles
-- Spec        D0.3
--
-- Parameters
--   profile_id  bigint  the profile
--
-- Returns     source (connection of the library system), record_id, linked_at; ordered by source
-- Repeatable  yes: reads only

select
    link.source,
    link.record_id,
    link.linked_at
from profiles.source_link as link
where link.profile_id = %(profile_id)s
order by link.source;
