-- Create what a reconciliation leaves: which two runs belong together, and how both sides differ.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0017)
-- Used by     registry_operators.ledger.migrations
-- Spec        X2, X3, X4
--
-- Parameters  none
--
-- Writes      patron_sync.run.reconciliation_id, patron_sync.drift, function waiting_patrons
-- Repeatable  no: numbered, never edited after release

alter table patron_sync.run add column reconciliation_id uuid;
comment on column patron_sync.run.reconciliation_id is
'The full pull of the reconciliation that this run is a part of, its own id in that pull; null for
a run by itself.';

create table patron_sync.drift (
    run_id uuid not null,
    library text not null,
    field text not null check (field in ('relation', 'card', 'pin')),
    kind text not null,
    records integer not null check (records > 0),
    primary key (run_id, library, field, kind),
    foreign key (run_id, library) references patron_sync.run_library on delete cascade
);
comment on table patron_sync.drift is
'How both sides compared in a reconciliation, before anything was repaired: counts of records.';
comment on column patron_sync.drift.field is
'relation: who is on which side; card and pin: the values of those who are on both.';
comment on column patron_sync.drift.kind is
'What the comparison found (registry_operators.domain.drift), or the reason code with which the pull
left a record of the registry out.';

create function patron_sync.waiting_patrons(run_id uuid) returns table (patron_id bigint)
language sql stable
begin atomic
    select change.patron_id
    from patron_sync.run_library as lib
    inner join cicero.change as change on lib.library = change.library
    left join patron_sync.watermark as mark
        on lib.library = mark.library
        and mark.flow = 'push'
    where lib.run_id = waiting_patrons.run_id -- noqa: RF01
        and (mark.cicero_xid is null or change.xid >= mark.cicero_xid)
    union
    select pending.patron_id
    from patron_sync.run_library as lib
    inner join patron_sync.pending as pending on lib.library = pending.library
    where lib.run_id = waiting_patrons.run_id -- noqa: RF01
    union
    select plan.patron_id
    from patron_sync.run_library as lib
    inner join patron_sync.plan as plan on lib.library = plan.library
    where lib.run_id = waiting_patrons.run_id -- noqa: RF01
        and plan.state = 'held'
        and plan.held_set_id is not null;
end;
comment on function patron_sync.waiting_patrons is
'The patrons of a run''s libraries of whom it is known that something is still to be carried: they
changed in Cicero since the last push, are taken up by the next run, or wait for a decision.';
