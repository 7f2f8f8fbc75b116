-- Create what one run leaves for the next: who was raised last, and with what configuration it ran.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0008)
-- Used by     registry_operators.ledger.migrations
-- Spec        X5, X9
--
-- Parameters  none
--
-- Writes      patron_sync.pending.raised_xid, patron_sync.configuration
-- Repeatable  no: numbered, never edited after release

alter table patron_sync.pending
add column raised_xid xid8 not null default pg_current_xact_id();
comment on column patron_sync.pending.since is
'When the patron was raised first; the alarm for those who wait too long counts from here.';
comment on column patron_sync.pending.raised_xid is
'Transaction that raised the patron last. A run settles only what had been raised, and was visible,
when it was opened: what came later it has not looked at.';

create table patron_sync.configuration (
    is_only boolean primary key default true check (is_only),
    config_digest text not null,
    fields jsonb not null,
    run_id uuid not null,
    noted_at timestamptz not null default clock_timestamp()
);
comment on table patron_sync.configuration is
'With what configuration the last run was opened, so that the next one can name what has changed.';
comment on column patron_sync.configuration.config_digest is 'As in patron_sync.run.';
comment on column patron_sync.configuration.fields is
'Name of each field to a keyed digest of its value: no value is kept, and none can be guessed. Empty
where only the digest of the whole is known.';
comment on column patron_sync.configuration.run_id is 'The first run with this configuration.';

-- Of runs before this release only the digest is known.
insert into patron_sync.configuration (config_digest, fields, run_id)
select
    run.config_digest,
    '{}'::jsonb,
    run.run_id
from patron_sync.run as run
order by run.started_at desc
limit 1;
