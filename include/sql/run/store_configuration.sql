-- Remember with what configuration a run was opened, for the next one to compare.
--
-- Runs on     patron database, read-write, the transaction of open_run
-- Used by     steps.note_configuration
-- Spec        X9
--
-- Parameters
--   config_digest  text    SHA-256 of the configuration
--   fields         jsonb   name of each field to a keyed digest of its value
--   run_id         uuid    the run
--
-- Writes      the one row of patron_sync.configuration
-- Repeatable  yes: the second call writes the same

insert into patron_sync.configuration (config_digest, fields, run_id)
values (%(config_digest)s, %(fields)s::jsonb, %(run_id)s)
on conflict (is_only) do update
    set
        config_digest = excluded.config_digest,
        fields = excluded.fields,
        run_id = excluded.run_id,
        noted_at = excluded.noted_at;
