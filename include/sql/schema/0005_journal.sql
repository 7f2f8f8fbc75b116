-- Create what an undo needs: the values that a run replaced, and what became of taking it back.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0005)
-- Used by     registry_operators.ledger.migrations
-- Spec        X7, X10
--
-- Parameters  none
--
-- Writes      patron_sync.journal, undo, undo_change, difference, retired_card_number
-- Repeatable  no: numbered, never edited after release

create table patron_sync.journal (
    run_id uuid not null,
    library text not null,
    record_no integer not null,
    field text not null check (field in ('relation', 'card', 'pin')),
    target text not null check (target in ('cicero', 'registry')),
    patron_id bigint not null,
    person_key bytea not null,
    action text not null,
    is_known boolean not null default true,
    old_value bytea,
    old_fingerprint bytea,
    old_card_id bigint,
    old_must_change boolean,
    old_origin text,
    new_fingerprint bytea,
    written_at timestamptz not null default transaction_timestamp()
);
comment on table patron_sync.journal is
'What stood in the target before a run wrote, in the transaction of the write or before the call.
No value is in clear; kept for some days only.';
comment on column patron_sync.journal.is_known is
'False where the target held a value that could not be read, so that it cannot be put back.';
comment on column patron_sync.journal.old_value is
'AES-256-GCM with the person key as associated data: a PIN as in cicero.pin, a card number of the
registry under a key of the journal''s own. Null where there was none, and for cards of Cicero.';
comment on column patron_sync.journal.old_fingerprint is 'Fingerprint of old_value.';
comment on column patron_sync.journal.old_card_id is
'The card of Cicero that was in force; its row is still there. Null where there was none.';
comment on column patron_sync.journal.new_fingerprint is
'What the run wrote; an undo puts the old value back only where the target still holds this.';
-- The rows of a run lie together, so that these indexes find them and cost a load next to nothing.
-- One row for a change follows from the plan: a planned row is written once.
create index journal_by_run on patron_sync.journal using brin (run_id) with (pages_per_range = 16);
create index journal_by_age on patron_sync.journal using brin (written_at);

create table patron_sync.undo (
    undo_id uuid primary key,
    run_id uuid not null references patron_sync.run on delete cascade,
    fields text[] not null,
    asked_by text not null,
    note text,
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz
);
comment on table patron_sync.undo is
'One call to undo a run; a call that did not finish is continued by the next.';
create index undo_by_run on patron_sync.undo (run_id);

create table patron_sync.undo_change (
    run_id uuid not null references patron_sync.run on delete cascade,
    library text not null,
    record_no integer not null,
    field text not null,
    target text not null,
    undo_id uuid not null,
    person_key bytea not null,
    state text not null default 'planned'
    check (state in ('planned', 'reversed', 'kept', 'failed')),
    reason text,
    was_sent boolean not null default false,
    settled_at timestamptz,
    primary key (run_id, library, record_no, field, target)
);
comment on table patron_sync.undo_change is
'What became of taking back a change of a run: reversed, kept with the reason, or failed.';
comment on column patron_sync.undo_change.undo_id is 'The call that dealt with it last.';
comment on column patron_sync.undo_change.was_sent is
'A call to the registry was made, or was about to be, whose answer may be lost.';
create index undo_change_by_person on patron_sync.undo_change (person_key);

create table patron_sync.difference (
    library text not null,
    person_key bytea not null,
    field text not null check (field in ('card', 'pin')),
    registry_fingerprint bytea,
    cicero_fingerprint bytea,
    undo_id uuid not null,
    since timestamptz not null default clock_timestamp(),
    primary key (library, person_key, field)
);
comment on table patron_sync.difference is
'In which values both sides differ since an undo: what each held then, instead of a base. Neither
job carries such a value; it ends when both agree again and there is a base.';
comment on column patron_sync.difference.cicero_fingerprint is
'Null: Cicero has none, and none is given out.';

create table patron_sync.retired_card_number (
    card_number text primary key
);
comment on table patron_sync.retired_card_number is
'Numbers of a sequence that were reserved for somebody who was erased; never given out again.';
