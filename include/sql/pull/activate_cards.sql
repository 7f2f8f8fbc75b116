-- Make the planned card numbers the ones in force.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.apply_to_cicero, after retire_cards
-- Spec        N1.3
--
-- Parameters
--   run_id   uuid   the run
--   library  text   agency code
--
-- Writes      cicero.card
-- Repeatable  yes: a card in force is not touched again

update cicero.card as new
set
    status = 'active',
    changed_at = clock_timestamp()
from patron_sync.plan as plan
inner join patron_sync.staged_patron as staged
    on plan.run_id = staged.run_id
    and plan.library = staged.library
    and plan.record_no = staged.record_no
where plan.run_id = %(run_id)s
    and plan.library = %(library)s
    and plan.field = 'card'
    and plan.target = 'cicero'
    and plan.state = 'planned'
    and new.patron_id = plan.patron_id
    and new.card_number = coalesce(staged.assigned_card_number, staged.card_number)
    and new.status = 'replaced';
