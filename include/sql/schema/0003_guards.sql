-- Create what keeps writes safe: one writer at a time, and changes that wait for a person.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0003)
-- Used by     registry_operators.ledger.migrations
-- Spec        X2, N4.1
--
-- Parameters  none
--
-- Writes      patron_sync.writer, patron_sync.held_set and their functions
-- Repeatable  no: numbered, never edited after release

create table patron_sync.writer (
    is_only boolean primary key default true check (is_only),
    token bigint not null default 0,
    run_id uuid,
    taken_at timestamptz
);
comment on table patron_sync.writer is
'The run that may write values into Cicero or the registry; every write names the token that it
was given, so that a run that was overtaken cannot write.';

create function patron_sync.writer_lock(name text) returns bigint
language sql immutable
return hashtextextended('patron_sync.writer ' || name, 0);
comment on function patron_sync.writer_lock is
'Key of the advisory lock that a process holds while it writes for a run or a library.';

-- A process that writes holds a lock of its session, which the database lets go when the process
-- dies. So a run is overtaken only when none of its processes is alive, whatever killed them.
create function patron_sync.take_writer(run_id uuid, library text) returns bigint
language plpgsql as $$
declare
    held record;
begin
    insert into patron_sync.writer default values on conflict do nothing;
    select writer.token, writer.run_id into held from patron_sync.writer as writer for update;
    if held.run_id is distinct from take_writer.run_id then
        if held.run_id is not null
            and not pg_try_advisory_xact_lock(patron_sync.writer_lock(held.run_id::text)) then
            return null;
        end if;
        update patron_sync.writer as writer
        set token = held.token + 1, run_id = take_writer.run_id, taken_at = clock_timestamp()
        returning writer.token, writer.run_id into held;
    end if;
    if not pg_try_advisory_lock(patron_sync.writer_lock(take_writer.library)) then
        return null;
    end if;
    perform pg_advisory_lock_shared(patron_sync.writer_lock(take_writer.run_id::text));
    return held.token;
end
$$;
comment on function patron_sync.take_writer is
'Let this session write for a library of a run and return the run''s token; null while a process of
another run writes, or another process writes for the same library.';

create table patron_sync.held_set (
    held_set_id uuid primary key,
    run_id uuid not null references patron_sync.run on delete cascade,
    library text not null,
    kind text not null check (
        kind in (
            'relation_removals', 'field_clears', 'card_overwrites', 'pin_overwrites', 'creations',
            'consent_flips', 'conflicts'
        )
    ),
    digest text not null,
    changes integer not null check (changes > 0),
    allowed integer not null,
    population integer not null,
    state text not null default 'open'
    check (state in ('open', 'approved', 'applied', 'rejected', 'expired', 'superseded')),
    asked_by text not null,
    held_at timestamptz not null default clock_timestamp(),
    expires_at timestamptz not null,
    decided_at timestamptz,
    decided_by text,
    decision_reason text,
    unique (run_id, library, kind),
    check ((decided_by is null) = (decided_at is null))
);
comment on table patron_sync.held_set is
'Changes of one kind that exceeded a limit, or a conflict, and wait for a person''s decision.';
comment on column patron_sync.held_set.digest is
'SHA-256 over the changes; what is approved is exactly what was shown.';
comment on column patron_sync.held_set.asked_by is
'Who started the run; may not be the one who approves.';

create index plan_held on patron_sync.plan (library, person_key) where state = 'held';

create function patron_sync.guarded_changes(run_id uuid)
returns table (library text, record_no integer, field text, target text, kind text)
language sql stable
begin atomic
    with consented as (
        select
            lib.library,
            max(earlier.started_at) as since
        from patron_sync.run as run
        inner join patron_sync.run_library as lib on run.run_id = lib.run_id
        inner join patron_sync.run as earlier
            on run.flow = earlier.flow
            and run.started_at > earlier.started_at
        inner join patron_sync.run_library as done
            on lib.library = done.library
            and earlier.run_id = done.run_id
            and done.stage = 'done'
        where run.run_id = guarded_changes.run_id -- noqa: RF01
        group by lib.library
    ),

    flipped as (
        select
            plan.library,
            plan.record_no
        from patron_sync.plan as plan
        inner join consented on plan.library = consented.library
        inner join cicero.consent as consent
            on plan.patron_id = consent.patron_id
            and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
            and consent.withdrawn_at is null
        inner join cicero.patron as patron on plan.patron_id = patron.patron_id
        where consent.given_at >= consented.since
            and patron.created_at < consented.since
            and plan.run_id = guarded_changes.run_id -- noqa: RF01
            and plan.action <> 'remove'
        group by plan.library, plan.record_no
    ),

    created as (
        select
            plan.library,
            plan.record_no
        from patron_sync.plan as plan
        inner join consented on plan.library = consented.library
        where plan.run_id = guarded_changes.run_id -- noqa: RF01
            and plan.field = 'relation'
            and plan.action <> 'remove'
    )

    select
        plan.library,
        plan.record_no,
        plan.field,
        plan.target,
        case
            when plan.action = 'remove' then 'relation_removals'
            when plan.action = 'clear' then 'field_clears'
            when flipped.record_no is not null then 'consent_flips'
            when created.record_no is not null then 'creations'
            when plan.field = 'card' then 'card_overwrites'
            else 'pin_overwrites'
        end as kind
    from patron_sync.plan as plan
    left join flipped
        on plan.library = flipped.library
        and plan.record_no = flipped.record_no
    left join created
        on plan.library = created.library
        and plan.record_no = created.record_no
    inner join patron_sync.run as run on plan.run_id = run.run_id
    where plan.run_id = guarded_changes.run_id -- noqa: RF01
        and plan.state = 'planned'
        and (run.flow = 'pull' or plan.target = 'registry')
        and (
            plan.action in ('remove', 'clear')
            or flipped.record_no is not null
            or created.record_no is not null
            or plan.action = 'update' and plan.field in ('card', 'pin')
        );
end;
comment on function patron_sync.guarded_changes is
'The planned changes of a run that are counted against a limit, each with its kind. What belongs to
a new relation or a new consent goes with it, but for what a push writes into Cicero: numbers of the
sequence and default PINs. Nothing is a creation or a new consent in the first
run of a library.';

create function patron_sync.held_digest(held_set_id uuid) returns text
language sql stable
begin atomic
    select encode(sha256(convert_to(coalesce(string_agg(
        concat_ws(
            '|', plan.library, encode(plan.person_key, 'hex'), plan.field, plan.target, plan.action,
            plan.reason, coalesce(encode(plan.value_fingerprint, 'hex'), '')
        ),
        E'\n'
        order by plan.library, plan.person_key, plan.field, plan.target, plan.record_no
    ), ''), 'UTF8')), 'hex')
    from patron_sync.plan as plan
    where plan.held_set_id = held_digest.held_set_id -- noqa: RF01
        and plan.state in ('held', 'planned', 'sent');
end;
comment on function patron_sync.held_digest is
'SHA-256 over the changes of a set that still wait or are being carried out.';
create index plan_of_held_set on patron_sync.plan (held_set_id) where held_set_id is not null;
