-- Add a CMS user to a library.
--
-- Runs on     patron database, read-write, the transaction of the command
-- Used by     cms_api.users
-- Spec        N3.8
--
-- Parameters
--   library        text  agency code
--   name           text  the user's name
--   password_hash  text  of Argon2id
--
-- Writes      one row of cms_api.cms_user
-- Returns     name; no row where the library has a user of this name
-- Repeatable  yes: the second call returns nothing

insert into cms_api.cms_user (library, name, password_hash)
values (%(library)s, %(name)s, %(password_hash)s)
on conflict (library, name) do nothing
returning name;
