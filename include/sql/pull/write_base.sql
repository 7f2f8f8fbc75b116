-- Remember the values on which the registry and Cicero now agree.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.apply_to_cicero, after settle_plan
-- Spec        N1.4, X3
--
-- Parameters
--   run_id     uuid    the run
--   library    text    agency code
--   inner_pad  bytea   HMAC pad of the fingerprint key
--   outer_pad  bytea   HMAC pad of the fingerprint key
--
-- Writes      patron_sync.base, where it differs
-- Repeatable  yes: an equal fingerprint is not written again

with agreed as materialized (
    select
        staged.library,
        staged.person_key,
        'card' as field,
        patron_sync.fingerprint(
            staged.person_key, 'card', staged.card_number, %(inner_pad)s, %(outer_pad)s
        ) as fingerprint,
        staged.run_id
    from patron_sync.staged_patron as staged
    inner join cicero.card as card
        on staged.patron_id = card.patron_id
        and coalesce(staged.card_number = card.card_number, false)
        and card.status = 'active'
    where staged.run_id = %(run_id)s
        and staged.library = %(library)s
    union all
    select
        staged.library,
        staged.person_key,
        'pin' as field,
        staged.pin_fingerprint as fingerprint,
        staged.run_id
    from patron_sync.staged_patron as staged
    inner join cicero.pin as pin
        on staged.patron_id = pin.patron_id
        and coalesce(staged.pin_fingerprint = pin.pin_fingerprint, false)
        and not pin.must_change
    left join patron_sync.base as known
        on staged.library = known.library
        and staged.person_key = known.person_key
        and known.field = 'pin'
    where staged.run_id = %(run_id)s
        and staged.library = %(library)s
        and staged.pin_fingerprint is distinct from known.fingerprint
),

-- Most are known and many equal: "on conflict" would lock the row of each, so known ones are
-- updated where they differ and only new ones inserted. Equal values are the rule; "coalesce"
-- keeps the planner from taking them for a rare accident.
renewed as (
    update patron_sync.base as base
    set
        fingerprint = agreed.fingerprint,
        run_id = agreed.run_id,
        agreed_at = clock_timestamp()
    from agreed
    where base.library = agreed.library
        and base.person_key = agreed.person_key
        and base.field = agreed.field
        and base.fingerprint <> agreed.fingerprint
)

insert into patron_sync.base as base (library, person_key, field, fingerprint, run_id)
select
    agreed.library,
    agreed.person_key,
    agreed.field,
    agreed.fingerprint,
    agreed.run_id
from agreed
where not exists (
    select from patron_sync.base as known
    where known.library = agreed.library
        and known.person_key = agreed.person_key
        and known.field = agreed.field
)
on conflict (library, person_key, field) do update
    set
        fingerprint = excluded.fingerprint,
        run_id = excluded.run_id,
        agreed_at = clock_timestamp()
    where base.fingerprint <> excluded.fingerprint;
