-- Create what holds alerts: what is wrong now, and what each channel was last told of it.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0016)
-- Used by     registry_operators.ledger.migrations
-- Spec        N4.2, X5
--
-- Parameters  none
--
-- Writes      patron_sync.alert, patron_sync.alert_told
-- Repeatable  no: numbered, never edited after release

create table patron_sync.alert (
    code text not null check (code ~ '^[A-Z_]+$'),
    flow text not null default '' check (flow in ('', 'pull', 'push')),
    library text not null default '',
    item text not null default '',
    level text not null check (level in ('warning', 'critical')),
    cause text not null default '',
    facts jsonb not null default '{}' check (jsonb_typeof(facts) = 'object'),
    since timestamptz not null default clock_timestamp(),
    primary key (code, flow, library, item)
);
comment on table patron_sync.alert is
'What is wrong at the moment; a row goes when it is right again. Counts and codes, no person.';
comment on column patron_sync.alert.item is
'What it is about beside flow and library: a kind of change, a data sync, a DAG.';
comment on column patron_sync.alert.cause is
'Code of what is behind it; level and cause together are the state that is told.';
comment on column patron_sync.alert.facts is 'Numbers for the message; they may change untold.';

create table patron_sync.alert_told (
    channel text not null,
    code text not null,
    flow text not null,
    library text not null,
    item text not null,
    level text not null,
    cause text not null,
    facts jsonb not null,
    since timestamptz not null,
    told_at timestamptz not null default clock_timestamp(),
    primary key (channel, code, flow, library, item)
);
comment on table patron_sync.alert_told is
'The state of each alert that a channel was last told; what differs from alert is the next message.
It is written in the transaction in which the message is sent: who dies in between tells it again.';
