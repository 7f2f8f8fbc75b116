-- Write down that somebody asks for a run of a data sync.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.ask_run
-- Spec        D4.1, D4.3
--
-- Parameters
--   run_id      uuid         the id that the run will have
--   name        text         name of the definition
--   version     integer      the version that is published now
--   dag_run_id  text         the id that the run will have in Airflow
--   is_dry_run  boolean      plan and report only
--   asked_by    text         who
--   asked_at    timestamptz  when
--
-- Writes      one row of data_sync.request
-- Repeatable  yes: what was asked stays as it is

insert into data_sync.request (
    run_id, name, version, dag_run_id, is_dry_run, asked_by, asked_at
)
values (
    %(run_id)s, %(name)s, %(version)s, %(dag_run_id)s, %(is_dry_run)s, %(asked_by)s, %(asked_at)s
)
on conflict (run_id) do nothing;
