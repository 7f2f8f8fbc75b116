-- Remember which documents a version of the DAG bundle stands for.
--
-- Runs on     patron database, read-write
-- Used by     steps.data_sync.published
-- Spec        X11
--
-- Parameters
--   version    text   version of the bundle
--   documents  jsonb  name of each data sync to its version, since, is_cancelled and asked
--
-- Writes      one row of data_sync.bundle_version
-- Repeatable  yes: a version always stands for the same documents

insert into data_sync.bundle_version (version, documents)
values (%(version)s, %(documents)s)
on conflict (version) do nothing;
