-- Make the planned card numbers the ones in force.
--
-- Runs on     patron database, read-write, the transaction of one library and field
-- Used by     steps.apply_to_cicero, after retire_cards
-- Spec        N1.3
--
-- Parameters
--   run_id       uuid  the run
--   library      text  agency code
--   held_set_id  uuid  only what waited with this set; null for what never waited
--
-- Writes      cicero.card
-- Repeatable  yes: a card in force is not touched again

-- The status is asked for beside the join: fresh cards are not in the statistics yet, and a join
-- with "the one card that waits" would be planned as a nested loop over all of them.
with waiting as materialized (
    select
        card.card_id,
        card.status
    from patron_sync.plan as plan
    inner join patron_sync.staged_patron as staged
        on plan.run_id = staged.run_id
        and plan.library = staged.library
        and plan.record_no = staged.record_no
    inner join cicero.card as card
        on plan.patron_id = card.patron_id
        and card.card_number = coalesce(staged.assigned_card_number, staged.card_number)
    where plan.run_id = %(run_id)s
        and plan.library = %(library)s
        and plan.field = 'card'
        and plan.target = 'cicero'
        and plan.state = 'planned'
        and (
            plan.held_set_id = %(held_set_id)s
            or %(held_set_id)s::uuid is null and plan.held_set_id is null
        )
    for update of card
)

update cicero.card as new
set
    status = 'active',
    changed_at = clock_timestamp()
from waiting
where new.card_id = waiting.card_id
    and waiting.status = 'replaced'
    and not exists (
        select from cicero.card as held
        where held.patron_id = new.patron_id
            and held.kind = 'national'
            and held.status = 'active'
    );
