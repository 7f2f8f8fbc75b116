-- Create the stored account of a run, and what finds a patron in the ledger quickly.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0006)
-- Used by     registry_operators.ledger.migrations
-- Spec        X4, X6
--
-- Parameters  none
--
-- Writes      patron_sync.outcome, patron_sync.account, indexes of the ledger by patron
-- Repeatable  no: numbered, never edited after release

create table patron_sync.account (
    run_id uuid not null,
    library text not null,
    stage text not null,
    writes integer not null check (writes >= 0),
    conflicts integer not null check (conflicts >= 0),
    mismatches jsonb not null default '[]' check (jsonb_typeof(mismatches) = 'array'),
    taken_at timestamptz not null default clock_timestamp(),
    primary key (run_id, library),
    foreign key (run_id, library) references patron_sync.run_library on delete cascade
);
comment on table patron_sync.account is
'What a library''s part in a run came to, taken at its end. It stays true when the rows that were
counted are removed later.';
comment on column patron_sync.account.stage is
'Where the library stood; at the end of its run nothing can change the account any more.';
comment on column patron_sync.account.mismatches is
'Numbers that are off: number, expected and found of each; empty when the account adds up.';

create table patron_sync.outcome (
    run_id uuid not null,
    library text not null,
    outcome text not null check (
        outcome in ('created', 'updated', 'unchanged', 'left_out', 'held', 'failed')
    ),
    reason text not null default '',
    records integer not null check (records > 0),
    primary key (run_id, library, outcome, reason),
    foreign key (run_id, library) references patron_sync.account on delete cascade
);
comment on table patron_sync.outcome is
'How many records of a run had which outcome, and why; their sum is what was read.';
comment on column patron_sync.outcome.reason is 'Reason code; empty where none is needed.';

-- Every 8 pages share a filter that says which patrons are surely not there: a hundredth of the
-- table. A B-tree would take twice as much of the night that plans 65,000 changes.
create index plan_by_patron on patron_sync.plan
using brin (patron_id int8_bloom_ops (false_positive_rate = 0.02)) with (pages_per_range = 8);
create index verdict_by_patron on patron_sync.verdict
using brin (patron_id int8_bloom_ops (false_positive_rate = 0.02)) with (pages_per_range = 8);

-- Pages are taken into the filters when the table is vacuumed; until then they are read.
alter table patron_sync.plan set (
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 200000
);
alter table patron_sync.verdict set (
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 200000
);
