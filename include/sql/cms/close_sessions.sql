-- Close all sessions of a CMS user.
--
-- Runs on     patron database, read-write, the transaction of the command
-- Used by     cms_api.users
-- Spec        N3.8
--
-- Parameters
--   library  text  agency code
--   name     text  the user's name
--
-- Writes      deletes rows of cms_api.session
-- Repeatable  yes: the second call finds nothing

delete from cms_api.session
where library = %(library)s
    and name = %(name)s;
