-- Ask the database for a sign of life, and whether it has the tables of this release.
--
-- Runs on     patron database, read-only
-- Used by     cms_api.library_routes
-- Spec        N3.8
--
-- Parameters  none
--
-- Returns     has_users; one row
-- Repeatable  yes: reads only

select exists(select from cms_api.cms_user) as has_users;
