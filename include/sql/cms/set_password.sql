-- Give a CMS user another password.
--
-- Runs on     patron database, read-write, the transaction of the command
-- Used by     cms_api.users.set_password
-- Spec        N3.8
--
-- Parameters
--   library        text  agency code
--   name           text  the user's name
--   password_hash  text  of Argon2id
--
-- Writes      one row of cms_api.cms_user
-- Returns     name; no row where the library has no such user
-- Repeatable  yes: the same hash stays

update cms_api.cms_user
set password_hash = %(password_hash)s, changed_at = clock_timestamp()
where library = %(library)s
    and name = %(name)s
returning name;
