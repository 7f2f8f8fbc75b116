-- Plan which card numbers a push writes into the registry.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.plan_changes, after plan_relations
-- Spec        N1.3, N1.4, N2.3, N3.6, X3
--
-- Parameters
--   run_id     uuid    the run
--   inner_pad  bytea   HMAC pad of the fingerprint key
--   outer_pad  bytea   HMAC pad of the fingerprint key
--
-- Writes      patron_sync.plan, field card; a number of the library's own sequence never
--             replaces one that the registry has
-- Repeatable  yes: libraries that have moved on are not touched

insert into patron_sync.plan (
    run_id, library, record_no, field, target, patron_id, person_key, action, reason,
    is_conflict, value_fingerprint
)
select
    fresh.run_id,
    fresh.library,
    fresh.record_no,
    'card',
    'registry',
    fresh.patron_id,
    fresh.person_key,
    case when fresh.is_new then 'create' else 'update' end,
    case when fresh.is_new then 'NEW_PATRON' else 'CICERO_CHANGED' end,
    (
        fresh.registry_card_number is not null
        and fresh.base_fingerprint is distinct from patron_sync.fingerprint(
            fresh.person_key, 'card', fresh.registry_card_number, %(inner_pad)s, %(outer_pad)s
        )
    ),
    fresh.card_fingerprint
from (
    select
        staged.run_id,
        staged.library,
        staged.record_no,
        staged.patron_id,
        staged.person_key,
        staged.registry_state,
        staged.registry_card_number,
        staged.card_origin,
        staged.card_number,
        (relation.action is not distinct from 'create') as is_new,
        base.fingerprint as base_fingerprint,
        patron_sync.fingerprint(
            staged.person_key,
            'card',
            coalesce(staged.card_number, staged.assigned_card_number),
            %(inner_pad)s,
            %(outer_pad)s
        ) as card_fingerprint
    from patron_sync.staged_patron as staged
    inner join patron_sync.run_library as lib
        on staged.run_id = lib.run_id
        and staged.library = lib.library
    left join patron_sync.plan as relation
        on staged.run_id = relation.run_id
        and staged.library = relation.library
        and staged.record_no = relation.record_no
        and relation.field = 'relation'
    left join patron_sync.base as base
        on staged.library = base.library
        and staged.person_key = base.person_key
        and base.field = 'card'
    where staged.run_id = %(run_id)s
        and lib.stage = 'assigned'
        and lib.syncs_card
        and not staged.is_removal
        and (staged.card_number is not null or relation.action = 'create')
) as fresh
where fresh.is_new
    or fresh.registry_state = 'found'
    and fresh.card_origin <> 'sequence'
    and fresh.registry_card_number is distinct from fresh.card_number
    and fresh.base_fingerprint is distinct from fresh.card_fingerprint
    or fresh.registry_state is null
    and fresh.base_fingerprint <> fresh.card_fingerprint;
