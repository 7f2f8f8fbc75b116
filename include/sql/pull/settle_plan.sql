-- Write down what became of the planned writes into Cicero.
--
-- Runs on     patron database, read-write, the transaction of one library and field
-- Used by     steps.apply_to_cicero, after the writes
-- Spec        X1, X4
--
-- Parameters
--   run_id       uuid  the run
--   library      text  agency code
--   field        text  card or pin
--   held_set_id  uuid  only what waited with this set; null for what never waited
--
-- Writes      patron_sync.plan: confirmed where Cicero holds the value, else failed
-- Repeatable  yes: only planned rows are touched

update patron_sync.plan as plan
set
    state = case when settled.is_held then 'confirmed' else 'failed' end,
    outcome_reason = case
        when settled.is_held then null
        when settled.is_deleted then 'PATRON_DELETED'
        when settled.is_in_use then 'CARD_IN_USE'
        else 'CHANGED_SINCE_PLAN'
    end,
    settled_at = clock_timestamp()
from (
    select
        target.ctid as place,
        patron.patron_id is null as is_deleted,
        %(field)s = 'card' and exists (
            select from cicero.card as other
            where other.library = target.library
                and other.card_number
                = coalesce(staged.assigned_card_number, staged.card_number)
                and other.patron_id <> target.patron_id
        ) as is_in_use,
        card.card_id is not null or pin.patron_id is not null as is_held
    from patron_sync.plan as target
    left join cicero.patron as patron on target.patron_id = patron.patron_id
    -- The field is one of the call and not of the row, so that the other one's joins fall away.
    left join patron_sync.staged_patron as staged
        on %(field)s = 'card'
        and target.run_id = staged.run_id
        and target.library = staged.library
        and target.record_no = staged.record_no
    left join cicero.card as card
        on %(field)s = 'card'
        and target.patron_id = card.patron_id
        and card.card_number = coalesce(staged.assigned_card_number, staged.card_number)
        and card.status = 'active'
    left join cicero.pin as pin
        on %(field)s = 'pin'
        and target.patron_id = pin.patron_id
        and target.value_fingerprint = pin.pin_fingerprint
    where target.run_id = %(run_id)s
        and target.library = %(library)s
        and target.field = %(field)s
        and target.target = 'cicero'
        and target.state = 'planned'
        and (
            target.held_set_id = %(held_set_id)s
            or %(held_set_id)s::uuid is null and target.held_set_id is null
        )
) as settled
where plan.ctid = settled.place;
