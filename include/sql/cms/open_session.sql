-- Open a session of a CMS user.
--
-- Runs on     patron database, read-write, the transaction of the log-in
-- Used by     cms_api.sessions.open_session
-- Spec        N3.8
--
-- Parameters
--   token_hash  bytea    SHA-256 of the key that the client gets
--   library     text     agency code
--   name        text     the user's name
--   minutes     integer  how long it lasts
--
-- Writes      one row of cms_api.session
-- Repeatable  no: each log-in has a key of its own

insert into cms_api.session (token_hash, library, name, expires_at)
values (
    %(token_hash)s, %(library)s, %(name)s,
    clock_timestamp() + make_interval(mins => %(minutes)s)
);
