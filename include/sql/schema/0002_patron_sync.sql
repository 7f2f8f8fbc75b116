-- Create the ledger: what a run read, decided, intends and did.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0002)
-- Used by     registry_operators.ledger.migrations
-- Spec        N1.3 to N1.5, N2.4, N2.6, N4.1, X1, X4
--
-- Parameters  none
--
-- Writes      schema patron_sync
-- Repeatable  no: numbered, never edited after release

create schema patron_sync;

-- Written with immutable functions only, so that PostgreSQL puts it into the statement: convert_to
-- is not, and a call for each row takes more than twice the time.
create function patron_sync.fingerprint(
    person_key bytea, field text, value text, inner_pad bytea, outer_pad bytea
) returns bytea language sql immutable parallel safe
return sha256(
    outer_pad || sha256(
        inner_pad || person_key || decode(field, 'escape') || '\x00'::bytea
        || decode(replace(value, '\', '\\'), 'escape')
    )
);
comment on function patron_sync.fingerprint is
'HMAC-SHA-256 of a person''s value, as registry_operators.domain.keys.fingerprint computes it.';

create function patron_sync.chain(digest bytea, link text) returns bytea
language sql immutable parallel safe
return sha256(digest || convert_to(link, 'UTF8'));
create aggregate patron_sync.chain_digest(text) ( -- noqa: LT01
    sfunc = patron_sync.chain, stype = bytea, initcond = ''
);
comment on aggregate patron_sync.chain_digest(text) is -- noqa: LT01
'SHA-256 over texts in order, each with the digest before it; needs no memory for the whole.';

create table patron_sync.run (
    run_id uuid primary key,
    flow text not null check (flow in ('pull', 'push')),
    is_full boolean not null,
    is_dry_run boolean not null,
    state text not null default 'running' check (state in ('running', 'succeeded', 'failed')),
    plan_id text,
    config_digest text not null,
    asked_by text not null default 'schedule',
    started_at timestamptz not null default clock_timestamp(),
    finished_at timestamptz
);
comment on table patron_sync.run is 'One execution of a pull or a push.';
comment on column patron_sync.run.asked_by is 'Who started it; schedule for nobody.';

create table patron_sync.run_library (
    run_id uuid not null references patron_sync.run on delete cascade,
    library text not null,
    stage text not null default 'opened' check (
        stage in (
            'disabled', 'opened', 'staged', 'consent_filtered', 'cards_filtered', 'looked_up',
            'assigned', 'planned', 'guarded', 'loaded', 'done'
        )
    ),
    failure_code text,
    failure_detail text,
    syncs_card boolean not null,
    syncs_pin boolean not null,
    card_policy text not null default 'sender_wins'
    check (card_policy in ('sender_wins', 'newest_wins', 'hold')),
    pin_policy text not null default 'sender_wins'
    check (pin_policy in ('sender_wins', 'newest_wins', 'hold')),
    since_time timestamp,
    until_time timestamp,
    since_xid xid8,
    until_xid xid8,
    read_count integer,
    is_whole boolean not null default false,
    alarm text not null default 'none' check (alarm in ('none', 'warn', 'critical', 'stop')),
    primary key (run_id, library)
);
comment on table patron_sync.run_library is
'How far a run has come for one library; each step takes a library from one stage to the next.';
comment on column patron_sync.run_library.is_whole is
'The source was read as a whole, not only what changed.';
comment on column patron_sync.run_library.card_policy is
'What happens to a card number that both sides changed differently.';
comment on column patron_sync.run_library.since_time is
'Registry''s local time from which a pull reads; null in a push.';
comment on column patron_sync.run_library.since_xid is
'First Cicero transaction that a push reads, half open until until_xid; null reads everything.';

create table patron_sync.run_series (
    run_id uuid not null references patron_sync.run on delete cascade,
    prefix text not null,
    first_digits text not null,
    last_digits text not null,
    primary key (run_id, prefix, first_digits)
);
comment on table patron_sync.run_series is
'The number series that count as national in a run; a number outside all of them is local.';

create table patron_sync.staged_patron (
    run_id uuid not null,
    library text not null,
    record_no integer not null,
    patron_id bigint,
    person_key bytea,
    deletion_id bigint,
    is_removal boolean generated always as (deletion_id is not null) stored,
    defect text,
    card_number text,
    card_origin text,
    card_reason text,
    pin_encrypted bytea,
    pin_fingerprint bytea,
    pin_reason text,
    changed_at timestamp,
    registry_state text check (registry_state in ('found', 'not_found')),
    registry_card_number text,
    registry_pin_fingerprint bytea,
    registry_pin_encrypted bytea,
    assigned_card_number text,
    assigned_pin_encrypted bytea,
    assigned_pin_fingerprint bytea,
    primary key (run_id, library, record_no)
) with (fillfactor = 50);
comment on table patron_sync.staged_patron is
'Records of a run that have passed every step so far; PINs encrypted, no names.';
comment on column patron_sync.staged_patron.changed_at is 'Registry''s local time of the change.';
comment on column patron_sync.staged_patron.defect is 'What made the record unusable as a whole.';
comment on column patron_sync.staged_patron.registry_state is
'Answer of a look-up in the registry during a push; null if none was needed.';

-- The registry's records name persons; whom Cicero knows is found out while they still stream in,
-- when the database has nothing else to do.
create function patron_sync.find_patron() returns trigger language plpgsql as $$
begin
    new.patron_id := (
        select patron.patron_id
        from cicero.patron as patron
        where patron.library = new.library and patron.person_key = new.person_key
    );
    return new;
end
$$;
create trigger find_patron before insert on patron_sync.staged_patron
for each row when (new.patron_id is null and new.deletion_id is null and new.person_key is not null)
execute function patron_sync.find_patron();

create table patron_sync.verdict (
    run_id uuid not null,
    library text not null,
    record_no integer not null,
    step text not null,
    outcome text not null check (outcome in ('left_out', 'failed')),
    reason text not null,
    person_key bytea,
    patron_id bigint,
    deletion_id bigint,
    primary key (run_id, library, record_no)
);
comment on table patron_sync.verdict is
'Records that a step took out of a run: a pseudonym and the reason, no values.';

create table patron_sync.plan (
    run_id uuid not null,
    library text not null,
    record_no integer not null,
    field text not null check (field in ('relation', 'card', 'pin')),
    target text not null check (target in ('cicero', 'registry')),
    patron_id bigint not null,
    person_key bytea not null,
    action text not null check (action in ('create', 'update', 'remove', 'clear')),
    reason text not null,
    is_conflict boolean not null default false,
    value_fingerprint bytea,
    target_version bytea,
    registry_changed_at timestamptz,
    cicero_changed_at timestamptz,
    held_set_id uuid,
    state text not null default 'planned'
    check (state in ('planned', 'sent', 'confirmed', 'failed', 'held', 'dropped')),
    outcome_reason text,
    settled_at timestamptz,
    primary key (run_id, library, record_no, field, target)
) with (fillfactor = 50);
comment on table patron_sync.plan is
'Every change that a run intends, before the first write, and what became of it.';
comment on column patron_sync.plan.reason is 'The rule that asks for the change.';
comment on column patron_sync.plan.target_version is
'What Cicero held when the plan was made: fingerprint of the PIN, id of the card. A load writes
only over that.';

comment on column patron_sync.plan.registry_changed_at is
'Of a conflict, as cicero_changed_at: when each side changed.';
comment on column patron_sync.plan.held_set_id is
'The set of changes with which this one waits, or waited, for a person''s decision.';

create table patron_sync.base (
    library text not null,
    person_key bytea not null,
    field text not null check (field in ('relation', 'card', 'pin')),
    fingerprint bytea not null,
    run_id uuid not null,
    agreed_at timestamptz not null default clock_timestamp(),
    primary key (library, person_key, field)
) with (fillfactor = 80);
comment on table patron_sync.base is
'The value on which registry and Cicero last agreed, as a keyed fingerprint.';

create table patron_sync.pending (
    flow text not null check (flow in ('pull', 'push')),
    library text not null,
    patron_id bigint not null references cicero.patron on delete cascade,
    reason text not null,
    since timestamptz not null default clock_timestamp(),
    attempts integer not null default 1,
    waits boolean not null default false,
    primary key (flow, library, patron_id)
);
comment on table patron_sync.pending is
'Patrons whom the next run takes up again although nothing changed: failed, or not yet compared.';

comment on column patron_sync.pending.waits is
'Trying again cannot help before a value changes or a person says so.';

create table patron_sync.watermark (
    flow text not null check (flow in ('pull', 'push')),
    library text not null,
    registry_time timestamp,
    cicero_xid xid8,
    run_id uuid not null,
    moved_at timestamptz not null default clock_timestamp(),
    primary key (flow, library),
    check ((flow = 'pull') = (registry_time is not null)),
    check ((flow = 'push') = (cicero_xid is not null))
);
comment on table patron_sync.watermark is
'Up to where the last completed run of a flow has read for a library; never moves backwards.';

create table patron_sync.card_sequence (
    library text primary key,
    prefix text not null,
    first_value bigint not null,
    last_value bigint not null check (last_value >= first_value),
    next_value bigint not null check (next_value between first_value and last_value + 1),
    width integer not null check (width between 1 and 18)
);
comment on table patron_sync.card_sequence is
'The next card number of each library; a number that was taken is never handed out again.';

create table patron_sync.taken_card_number (
    library text not null,
    patron_id bigint not null,
    card_number text not null,
    run_id uuid not null,
    taken_at timestamptz not null default clock_timestamp(),
    primary key (library, patron_id),
    unique (card_number)
);
comment on table patron_sync.taken_card_number is
'Numbers of the sequence reserved for a patron who does not hold them yet, found by a retry.';
