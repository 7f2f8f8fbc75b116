-- Read the session that a key belongs to, if it is in force.
--
-- Runs on     patron database, read-only
-- Used by     cms_api.sessions.read_session
-- Spec        N3.8
--
-- Parameters
--   token_hash  bytea  SHA-256 of the key
--
-- Returns     library, name; no row where the key is unknown, expired, or its user locked
-- Repeatable  yes: reads only

select
    session.library,
    session.name
from cms_api.session as session
inner join cms_api.cms_user as cms_user
    on session.library = cms_user.library and session.name = cms_user.name
where session.token_hash = %(token_hash)s
    and session.expires_at > clock_timestamp()
    and not cms_user.locked;
