-- Plan which card numbers a pull writes into Cicero.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.plan_changes
-- Spec        N1.3, N1.4, N2.3, N3.5
--
-- Parameters
--   run_id     uuid    the run
--   inner_pad  bytea   HMAC pad of the fingerprint key
--   outer_pad  bytea   HMAC pad of the fingerprint key
--
-- Writes      patron_sync.plan, field card
-- Repeatable  yes: libraries that have moved on are not touched

insert into patron_sync.plan (
    run_id, library, record_no, field, target, patron_id, person_key, action, reason,
    is_conflict, value_fingerprint, target_version, state, outcome_reason, settled_at
)
select
    compared.run_id,
    compared.library,
    compared.record_no,
    'card',
    'cicero',
    compared.patron_id,
    compared.person_key,
    case when compared.held_card_number is null then 'create' else 'update' end,
    'REGISTRY_CHANGED',
    (
        compared.held_card_number is not null
        and base.fingerprint is distinct from compared.held_fingerprint
    ),
    compared.fresh_fingerprint,
    convert_to(compared.held_card_id::text, 'UTF8'),
    case when compared.is_in_use then 'failed' else 'planned' end,
    case when compared.is_in_use then 'CARD_IN_USE' end,
    case when compared.is_in_use then clock_timestamp() end
from (
    select
        fresh.run_id,
        fresh.library,
        fresh.record_no,
        fresh.patron_id,
        fresh.person_key,
        held.card_id as held_card_id,
        held.card_number as held_card_number,
        patron_sync.fingerprint(
            fresh.person_key, 'card', fresh.card_number, %(inner_pad)s, %(outer_pad)s
        ) as fresh_fingerprint,
        case
            when held.card_number is not null then patron_sync.fingerprint(
                fresh.person_key, 'card', held.card_number, %(inner_pad)s, %(outer_pad)s
            )
        end as held_fingerprint,
        exists(
            select from cicero.card as other
            inner join cicero.patron as holder on other.patron_id = holder.patron_id
            where other.card_number = fresh.card_number
                and holder.person_key is distinct from fresh.person_key
        ) as is_in_use
    from (
        select
            staged.run_id,
            staged.library,
            staged.record_no,
            staged.patron_id,
            staged.person_key,
            staged.card_number
        from patron_sync.staged_patron as staged
        inner join patron_sync.run_library as lib
            on staged.run_id = lib.run_id
            and staged.library = lib.library
        where staged.run_id = %(run_id)s
            and lib.stage = 'assigned'
            and lib.syncs_card
            and staged.card_number is not null
    ) as fresh
    left join cicero.card as held
        on fresh.patron_id = held.patron_id
        and held.kind = 'national'
        and held.status = 'active'
    where fresh.card_number is distinct from held.card_number
        and not exists (
            select from cicero.card as blocked
            where blocked.patron_id = fresh.patron_id
                and blocked.card_number = fresh.card_number
                and blocked.status = 'blocked'
        )
) as compared
left join patron_sync.base as base
    on compared.library = base.library
    and compared.person_key = base.person_key
    and base.field = 'card'
-- What Cicero lost is brought back, agreed on or not.
where compared.held_card_number is null
    or base.fingerprint is distinct from compared.fresh_fingerprint;
