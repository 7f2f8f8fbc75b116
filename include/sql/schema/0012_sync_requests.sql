-- Keep the runs of data syncs that people have asked for until Airflow begins them.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0012)
-- Used by     registry_operators.ledger.migrations
-- Spec        D4.1, D4.3, D5.1
--
-- Parameters  none
--
-- Writes      table data_sync.request, five indexes
-- Repeatable  no: numbered, never edited after release

create table data_sync.request (
    run_id uuid primary key,
    name text not null,
    version integer not null check (version > 0),
    dag_run_id text not null check (dag_run_id ~ '^asked__[0-9]{8}T[0-9]{12}$'),
    is_dry_run boolean not null,
    asked_by text not null,
    asked_at timestamptz not null,
    handed_over_at timestamptz,
    withdrawn_at timestamptz,
    withdrawn_by text,
    check ((withdrawn_at is null) = (withdrawn_by is null))
);
comment on table data_sync.request is
'A run that somebody has asked for; it waits here while Airflow does not know its version.';
comment on column data_sync.request.run_id is 'The id that the run will have in data_sync.run.';
comment on column data_sync.request.version is 'The version that was published when it was asked.';
comment on column data_sync.request.dag_run_id is 'The id that the run will have in Airflow.';
comment on column data_sync.request.asked_at is
'Also the moment for which Airflow makes the run; never a whole minute, as those of schedules are.';
comment on column data_sync.request.handed_over_at is
'When the run was made in Airflow at once; without it the schedule of the DAG makes the run.';
create index request_by_name on data_sync.request (name, asked_at);

-- The pages list the few records with errors among many without, and the profiles that a sync has
-- changed last.
create index verdict_failed on data_sync.verdict (run_id, record_no) where outcome = 'failed';
create index profile_by_run on profiles.profile (changed_run, profile_id);
create index staged_problems on data_sync.staged (run_id, record_no) where problems is not null;
create index plan_set_aside on data_sync.plan (run_id, record_no)
where state not in ('planned', 'confirmed');
