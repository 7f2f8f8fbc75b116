-- Plan which PINs a pull writes into Cicero.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.plan_changes
-- Spec        N1.3, N1.4, N2.3, N2.5
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      patron_sync.plan, field pin
-- Repeatable  yes: libraries that have moved on are not touched

insert into patron_sync.plan (
    run_id, library, record_no, field, target, patron_id, person_key, action, reason,
    is_conflict, value_fingerprint, target_version, state, outcome_reason, settled_at
)
select
    fresh.run_id,
    fresh.library,
    fresh.record_no,
    'pin',
    'cicero',
    fresh.patron_id,
    fresh.person_key,
    case when held.patron_id is null then 'create' else 'update' end,
    'REGISTRY_CHANGED',
    (
        coalesce(held.origin in ('librarian', 'patron'), false)
        and base.fingerprint is distinct from held.pin_fingerprint
    ),
    fresh.pin_fingerprint,
    held.pin_fingerprint as target_version,
    case when fresh.pin_reason is null then 'planned' else 'failed' end,
    fresh.pin_reason,
    case when fresh.pin_reason is not null then clock_timestamp() end
from (
    select
        staged.run_id,
        staged.library,
        staged.record_no,
        staged.patron_id,
        staged.person_key,
        staged.pin_reason,
        staged.pin_fingerprint
    from patron_sync.staged_patron as staged
    inner join patron_sync.run_library as lib
        on staged.run_id = lib.run_id
        and staged.library = lib.library
    where staged.run_id = %(run_id)s
        and lib.stage = 'assigned'
        and lib.syncs_pin
        and (staged.pin_fingerprint is not null or staged.pin_reason is not null)
) as fresh
left join cicero.pin as held on fresh.patron_id = held.patron_id
left join patron_sync.base as base
    on fresh.library = base.library
    and fresh.person_key = base.person_key
    and base.field = 'pin'
where fresh.pin_reason is not null
    or fresh.pin_fingerprint is distinct from held.pin_fingerprint
    -- What Cicero lost is brought back, agreed on or not.
    and (held.patron_id is null or fresh.pin_fingerprint is distinct from base.fingerprint);
