-- List the CMS users of a library, or of all.
--
-- Runs on     patron database, read-only
-- Used by     cms_api.users
-- Spec        N3.8
--
-- Parameters
--   library  text  agency code, or null for all
--
-- Returns     library, name, locked, changed_at, sessions; by library and name
-- Repeatable  yes: reads only

select
    cms_user.library,
    cms_user.name,
    cms_user.locked,
    cms_user.changed_at,
    (
        select count(*) from cms_api.session as session
        where session.library = cms_user.library
            and session.name = cms_user.name
            and session.expires_at > clock_timestamp()
    ) as sessions
from cms_api.cms_user as cms_user
where cms_user.library = coalesce(%(library)s::text, cms_user.library)
order by cms_user.library, cms_user.name;
