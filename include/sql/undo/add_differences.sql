-- Remember in what both sides differ since values went back, in place of what they agreed on.
--
-- Runs on     patron database, read-write, the transaction that took the values back
-- Used by     steps.undo_library
-- Spec        X7, X3
--
-- Parameters
--   undo_id    uuid    the call
--   library    text    agency code
--   target     text    cicero or registry
--   inner_pad  bytea   HMAC pad of the fingerprint key
--   outer_pad  bytea   HMAC pad of the fingerprint key
--
-- Writes      patron_sync.difference, of the cards and PINs that this transaction has reversed. A
--             default PIN says nothing about the registry's. Of a difference that is there already
--             only the side that was written is new
-- Repeatable  yes: the second call writes the same values

insert into patron_sync.difference (
    library, person_key, field, registry_fingerprint, cicero_fingerprint, undo_id
)
select
    change.library,
    change.person_key,
    change.field,
    case
        when change.target = 'registry' then journal.old_fingerprint
        when known.library is not null then known.registry_fingerprint
        when plan.reason <> 'DEFAULT_PIN' then journal.new_fingerprint
    end,
    case
        when change.target = 'registry' and known.library is not null then known.cicero_fingerprint
        when change.target = 'registry' then journal.new_fingerprint
        when change.field = 'pin' then journal.old_fingerprint
        when old.card_id is not null then patron_sync.fingerprint(
            change.person_key, 'card', old.card_number, %(inner_pad)s, %(outer_pad)s
        )
    end,
    %(undo_id)s
from patron_sync.undo_change as change
inner join patron_sync.journal as journal
    on change.run_id = journal.run_id
    and change.library = journal.library
    and change.record_no = journal.record_no
    and change.field = journal.field
    and change.target = journal.target
inner join patron_sync.plan as plan
    on change.run_id = plan.run_id
    and change.library = plan.library
    and change.record_no = plan.record_no
    and change.field = plan.field
    and change.target = plan.target
left join cicero.card as old on journal.old_card_id = old.card_id
-- A difference without a base still holds; one with a base has ended.
left join patron_sync.base as base
    on change.library = base.library
    and change.person_key = base.person_key
    and change.field = base.field
left join patron_sync.difference as known
    on base.library is null
    and change.library = known.library
    and change.person_key = known.person_key
    and change.field = known.field
where change.undo_id = %(undo_id)s
    and change.library = %(library)s
    and change.target = %(target)s
    and change.field in ('card', 'pin')
    and change.state = 'reversed'
    and change.settled_at >= transaction_timestamp()
on conflict (library, person_key, field) do update
    set
        registry_fingerprint = excluded.registry_fingerprint,
        cicero_fingerprint = excluded.cicero_fingerprint,
        undo_id = excluded.undo_id,
        since = clock_timestamp();
