-- Open a run of a data sync with the settings of its definition.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.open_sync
-- Spec        D1, X11
--
-- Parameters
--   run_id            uuid     the run
--   name              text     name of the definition
--   version           integer  its version
--   digest            text     SHA-256 of its document
--   source            text     connection of the library system
--   ils               text     which system it is
--   type              text     create, update or create_and_update
--   profile_type      text     type of the profiles
--   empty_fields      text     skip or replace
--   incorrect_values  text     report or skip
--   errors            text     continue or stop
--   match_on          text[]   keys in order
--   required          text[]   fields that a profile must have
--   is_dry_run        boolean  plan and report only
--   asked_by          text     who started it
--
-- Writes      one row of data_sync.run; one that is there is set back to running
-- Repeatable  yes: what the run has read and planned stays

insert into data_sync.run (
    run_id, name, version, digest, source, ils, type, profile_type, empty_fields, incorrect_values,
    errors, match_on, required, is_dry_run, asked_by
)
values (
    %(run_id)s, %(name)s, %(version)s, %(digest)s, %(source)s, %(ils)s, %(type)s,
    %(profile_type)s, %(empty_fields)s, %(incorrect_values)s, %(errors)s, %(match_on)s,
    %(required)s, %(is_dry_run)s, %(asked_by)s
)
on conflict (run_id) do update
    set
        state = 'running',
        failure_code = null,
        failure_detail = null,
        finished_at = null
    where run.state = 'failed';
