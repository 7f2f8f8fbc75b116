-- Plan which PINs a push writes into the registry.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.plan_changes, after plan_relations
-- Spec        N1.3, N1.4, N2.3, N2.5, N3.6, X3
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      patron_sync.plan, field pin; a PIN that must be changed has no fingerprint in the
--             staging area and is never planned
-- Repeatable  yes: libraries that have moved on are not touched

insert into patron_sync.plan (
    run_id, library, record_no, field, target, patron_id, person_key, action, reason,
    is_conflict, value_fingerprint
)
select
    staged.run_id,
    staged.library,
    staged.record_no,
    'pin',
    'registry',
    staged.patron_id,
    staged.person_key,
    case when relation.action = 'create' then 'create' else 'update' end,
    case when relation.action = 'create' then 'NEW_PATRON' else 'CICERO_CHANGED' end,
    (
        staged.registry_pin_fingerprint is not null
        and staged.registry_pin_fingerprint is distinct from base.fingerprint
    ),
    staged.pin_fingerprint
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
    and base.field = 'pin'
where staged.run_id = %(run_id)s
    and lib.stage = 'assigned'
    and lib.syncs_pin
    and not staged.is_removal
    and staged.pin_fingerprint is not null
    and staged.pin_fingerprint is distinct from staged.registry_pin_fingerprint
    -- A record that is made anew has no PIN, whatever the one before it had; nor has one that lost
    -- it.
    and (
        relation.action = 'create'
        or staged.pin_fingerprint is distinct from base.fingerprint
        or staged.registry_state = 'found'
        and staged.registry_pin_fingerprint is null
        and staged.pin_reason is null
    )
    and (staged.registry_state is distinct from 'not_found' or relation.action = 'create');
