-- Open a session of a CMS user whose password is still the one that was judged.
--
-- Runs on     patron database, read-write, the transaction of the log-in
-- Used by     cms_api.sessions.open_session
-- Spec        N3.8
--
-- Parameters
--   token_hash     bytea    SHA-256 of the key that the client gets
--   library        text     agency code
--   name           text     the user's name
--   password_hash  text     as it was read before the password was compared
--   minutes        integer  how long it lasts
--
-- Writes      one row of cms_api.session; waits for who changes the user just then
-- Returns     name; no row where the user was locked or got another password meanwhile
-- Repeatable  no: each log-in has a key of its own

insert into cms_api.session (token_hash, library, name, expires_at)
select
    %(token_hash)s,
    cms_user.library,
    cms_user.name,
    clock_timestamp() + make_interval(mins => %(minutes)s)
from cms_api.cms_user as cms_user
where cms_user.library = %(library)s
    and cms_user.name = %(name)s
    and cms_user.password_hash = %(password_hash)s
    and not cms_user.locked
for share
returning name;
