-- Lock a CMS user, or unlock it.
--
-- Runs on     patron database, read-write, the transaction of the command
-- Used by     cms_api.users
-- Spec        N3.8
--
-- Parameters
--   library  text     agency code
--   name     text     the user's name
--   locked   boolean  whether it may not log in
--
-- Writes      one row of cms_api.cms_user
-- Returns     name; no row where the library has no such user
-- Repeatable  yes: who is locked stays locked

update cms_api.cms_user
set locked = %(locked)s, changed_at = clock_timestamp()
where library = %(library)s
    and name = %(name)s
returning name;
