-- Create the audit trail: a chain of events that grows at its end only.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0004)
-- Used by     registry_operators.ledger.migrations
-- Spec        X9, X10
--
-- Parameters  none
--
-- Writes      patron_sync.audit_event, its functions and triggers, the role patron_sync_auditor
-- Repeatable  no: numbered, never edited after release

create table patron_sync.audit_event (
    event_no bigint primary key check (event_no > 0),
    at timestamptz not null,
    kind text not null check (kind in ('decision', 'write', 'act', 'trim')),
    flow text,
    library text,
    run_id uuid,
    plan_id text,
    step text,
    target text,
    field text,
    action text,
    rule text,
    state text,
    reason text,
    person text,
    actor text,
    detail jsonb,
    digest bytea not null check (octet_length(digest) = 32)
);
comment on table patron_sync.audit_event is
'What was decided and written, and by whom: one chain, append only, without values of persons.';
comment on column patron_sync.audit_event.event_no is 'From 1, without gaps.';
comment on column patron_sync.audit_event.kind is
'decision: a batch of a step, with counts; write: one planned change that was settled; act: what a
person did; trim: the oldest events were removed.';
comment on column patron_sync.audit_event.plan_id is 'First 16 hex digits of the plan''s id.';
comment on column patron_sync.audit_event.rule is 'The rule that asked for a change.';
comment on column patron_sync.audit_event.reason is 'Why a record or change ended as it did.';
comment on column patron_sync.audit_event.person is
'Pseudonym: the first ten hex digits of the person key.';
comment on column patron_sync.audit_event.detail is
'Counts of a decision; subject and note of an act; up_to, removed and digest of a trim.';
comment on column patron_sync.audit_event.digest is
'SHA-256 of the digest before (32 zero bytes before event 1) and of patron_sync.audit_text.';
create index audit_event_trim on patron_sync.audit_event (event_no) where kind = 'trim';

-- The same bytes that COPY writes for the row in its text format without number and digest, so that
-- a file of the events can be verified with any SHA-256 (docs/audit.md). The number needs no place
-- in it: numbers have no gaps, and a signed head binds one to a digest. Immutable functions only,
-- so that PostgreSQL puts it into the statement.
create function patron_sync.audit_origin(
    at timestamptz, kind text, flow text, library text, run_id uuid, plan_id text, step text
) returns text language sql immutable parallel safe
return extract(epoch from at - timestamptz '1970-01-01 00:00:00+00')::text
|| E'\t' || kind
|| E'\t' || coalesce(flow, '\N')
|| E'\t' || coalesce(library, '\N')
|| E'\t' || coalesce(run_id::text, '\N')
|| E'\t' || coalesce(plan_id, '\N')
|| E'\t' || coalesce(step, '\N');
comment on function patron_sync.audit_origin is
'The columns that the events of a batch share, as text: the beginning of audit_text.';

create function patron_sync.audit_text(
    origin text, target text, field text, action text, rule text, state text, reason text,
    person text, actor text, detail jsonb
) returns text language sql immutable parallel safe
return origin
|| E'\t' || coalesce(target, '\N')
|| E'\t' || coalesce(field, '\N')
|| E'\t' || coalesce(action, '\N')
|| E'\t' || coalesce(rule, '\N')
|| E'\t' || coalesce(state, '\N')
|| E'\t' || coalesce(reason, '\N')
|| E'\t' || coalesce(person, '\N')
|| (E'\t' || coalesce(replace(actor, '\', '\\'), '\N'))
|| (E'\t' || coalesce(replace(detail::text, '\', '\\'), '\N'));
comment on function patron_sync.audit_text is
'An event as text: its columns as COPY writes them, parted by tabs, without number and digest.';

create function patron_sync.audit_link(digest bytea, link bytea, before bytea) returns bytea
language plpgsql immutable parallel safe as $$
begin
    return sha256(coalesce(digest, before) || link);
end
$$;
create aggregate patron_sync.audit_digest(bytea, bytea) ( -- noqa: LT01
    sfunc = patron_sync.audit_link, stype = bytea
);
comment on aggregate patron_sync.audit_digest(bytea, bytea) is -- noqa: LT01
'SHA-256 over links in order, each with the digest before it; the second argument is the digest of
the event before the first.';

create function patron_sync.audit_head(out event_no bigint, out digest bytea)
language sql stable
begin atomic
    select
        coalesce((
            select event.event_no
            from patron_sync.audit_event as event
            order by event.event_no desc
            limit 1
        ), 0),
        coalesce((
            select event.digest
            from patron_sync.audit_event as event
            order by event.event_no desc
            limit 1
        ), decode(repeat('00', 32), 'hex'));
end;
comment on function patron_sync.audit_head is 'The last event; number 0 and zero bytes if none.';

-- Called in a statement of its own, so that the next one sees what the holder before committed.
create function patron_sync.lock_audit() returns void language sql
as $$ select pg_advisory_xact_lock(hashtextextended('patron_sync.audit_event', 0)) $$;
comment on function patron_sync.lock_audit is
'Let one transaction at a time append, until it ends.';

create function patron_sync.trim_audit(before timestamptz, actor text default session_user)
returns bigint language plpgsql as $$
declare
    cut record;
    removed bigint;
    last record;
    trimmed_at timestamptz;
    trimmed jsonb;
begin
    perform patron_sync.lock_audit();
    select event.event_no, event.digest into cut
    from patron_sync.audit_event as event
    where event.event_no < (
        select coalesce(min(young.event_no), 9223372036854775807)
        from patron_sync.audit_event as young
        where young.at >= trim_audit.before
    )
    order by event.event_no desc
    limit 1;
    if cut.event_no is null then
        return 0;
    end if;
    select count(*) into removed
    from patron_sync.audit_event as event where event.event_no <= cut.event_no;
    select head.event_no + 1 as event_no, head.digest into last
    from patron_sync.audit_head() as head;
    trimmed_at := clock_timestamp();
    trimmed := jsonb_build_object(
        'up_to', cut.event_no, 'removed', removed, 'digest', encode(cut.digest, 'hex')
    );
    insert into patron_sync.audit_event (event_no, at, kind, action, actor, detail, digest)
    values (
        last.event_no, trimmed_at, 'trim', 'trim', trim_audit.actor, trimmed,
        sha256(last.digest || convert_to(patron_sync.audit_text(
            patron_sync.audit_origin(trimmed_at, 'trim', null, null, null, null, null),
            null, null, 'trim', null, null, null, null, trim_audit.actor, trimmed
        ), 'UTF8'))
    );
    delete from patron_sync.audit_event as event where event.event_no <= cut.event_no;
    return removed;
end
$$;
comment on function patron_sync.trim_audit is
'Remove the events before a time and write down, as an event, up to which and with what digest;
return how many.';

create function patron_sync.refuse_audit_change() returns trigger language plpgsql as $$
begin
    raise exception using
        message = 'patron_sync.audit_event is append only: ' || lower(tg_op) || ' refused',
        hint = 'Events are added at the end; only patron_sync.trim_audit removes, the oldest.',
        errcode = 'restrict_violation',
        schema = 'patron_sync',
        table = 'audit_event';
end
$$;
create trigger refuse_update before update on patron_sync.audit_event
for each statement execute function patron_sync.refuse_audit_change();
create trigger refuse_truncate before truncate on patron_sync.audit_event
for each statement execute function patron_sync.refuse_audit_change();

-- Events may go only when the newest trim event has written them down, and then all of them.
create function patron_sync.check_audit_trim() returns trigger language plpgsql as $$
declare
    up_to bigint;
begin
    select coalesce(max((event.detail ->> 'up_to')::bigint), 0) into up_to
    from patron_sync.audit_event as event
    where event.kind = 'trim';
    if exists (select from removed where removed.event_no > up_to) or exists (
        select from removed
        where exists (
            select from patron_sync.audit_event as event where event.event_no <= up_to
        )
    ) then
        raise exception using
            message = 'patron_sync.audit_event is append only: delete refused',
            hint = 'Events are added at the end; only patron_sync.trim_audit removes, the oldest.',
            errcode = 'restrict_violation',
            schema = 'patron_sync',
            table = 'audit_event';
    end if;
    return null;
end
$$;
create trigger check_trim after delete on patron_sync.audit_event
referencing old table as removed
for each statement execute function patron_sync.check_audit_trim();

revoke execute on function patron_sync.trim_audit from public;

-- Roles belong to the whole server: another database may have made this one, and to make it takes
-- the privilege CREATEROLE. Without the role everything works; docs/audit.md says how to add it.
do $$
begin
    create role patron_sync_auditor nologin;
exception
    when duplicate_object or unique_violation then
        raise notice 'The role patron_sync_auditor is there already.';
    when insufficient_privilege then
        raise notice 'The role patron_sync_auditor is not made: that takes CREATEROLE. '
            'docs/audit.md says how to add it.';
end
$$;

-- Also called by hand when the role was made later.
create function patron_sync.grant_audit() returns void language plpgsql as $$
begin
    if exists (select from pg_roles where rolname = 'patron_sync_auditor') then
        grant usage on schema patron_sync to patron_sync_auditor;
        grant insert, select (event_no, digest) on patron_sync.audit_event to patron_sync_auditor;
    end if;
end
$$;
comment on function patron_sync.grant_audit is
'Let the role patron_sync_auditor append: insert, and read number and digest of events.';
revoke execute on function patron_sync.grant_audit from public;
select patron_sync.grant_audit();
