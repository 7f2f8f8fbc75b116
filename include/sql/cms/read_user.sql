-- Read one CMS user of a library.
--
-- Runs on     patron database, read-only
-- Used by     cms_api.sessions.open_session
-- Spec        N3.8
--
-- Parameters
--   library  text  agency code
--   name     text  the user's name
--
-- Returns     password_hash, locked; one row or none
-- Repeatable  yes: reads only

select
    cms_user.password_hash,
    cms_user.locked
from cms_api.cms_user as cms_user
where cms_user.library = %(library)s
    and cms_user.name = %(name)s;
