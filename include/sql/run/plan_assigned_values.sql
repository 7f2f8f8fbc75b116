-- Plan which numbers of the sequence and which default PINs a run writes into Cicero.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.plan_changes
-- Spec        N2.4, N2.5
--
-- Parameters
--   run_id     uuid    the run
--   inner_pad  bytea   HMAC pad of the fingerprint key
--   outer_pad  bytea   HMAC pad of the fingerprint key
--
-- Writes      patron_sync.plan with target cicero; a failed row where the sequence is exhausted
-- Repeatable  yes: libraries that have moved on are not touched

insert into patron_sync.plan (
    run_id, library, record_no, field, target, patron_id, person_key, action, reason,
    value_fingerprint, state, outcome_reason, settled_at
)
select
    staged.run_id,
    staged.library,
    staged.record_no,
    assigned.field,
    'cicero',
    staged.patron_id,
    staged.person_key,
    'create',
    assigned.reason,
    assigned.value_fingerprint,
    case when assigned.is_exhausted then 'failed' else 'planned' end,
    case when assigned.is_exhausted then 'SEQUENCE_EXHAUSTED' end,
    case when assigned.is_exhausted then clock_timestamp() end
from patron_sync.staged_patron as staged
inner join patron_sync.run_library as lib
    on staged.run_id = lib.run_id
    and staged.library = lib.library
cross join lateral (
    values
    (
        'card',
        'SEQUENCE',
        (staged.card_reason is not distinct from 'SEQUENCE_EXHAUSTED'),
        patron_sync.fingerprint(
            staged.person_key, 'card', staged.assigned_card_number, %(inner_pad)s, %(outer_pad)s
        )
    ),
    ('pin', 'DEFAULT_PIN', false, staged.assigned_pin_fingerprint)
) as assigned (field, reason, is_exhausted, value_fingerprint)
where staged.run_id = %(run_id)s
    and lib.stage = 'assigned'
    and (
        staged.assigned_card_number is not null
        or staged.assigned_pin_fingerprint is not null
        or staged.card_reason = 'SEQUENCE_EXHAUSTED'
    )
    and (assigned.value_fingerprint is not null or assigned.is_exhausted);
