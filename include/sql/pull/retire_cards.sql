-- Retire the national card of every patron whose new number stands ready.
--
-- Runs on     patron database, read-write, the transaction of one library and field
-- Used by     steps.apply_to_cicero, after add_cards
-- Spec        N1.3
--
-- Parameters
--   run_id       uuid  the run
--   library      text  agency code
--   held_set_id  uuid  only what waited with this set; null for what never waited
--
-- Writes      cicero.card
-- Repeatable  yes: a retired card is not touched again

-- The status is asked for beside the join, as in activate_cards.
with ready as materialized (
    select
        plan.patron_id,
        plan.target_version,
        new.status
    from patron_sync.plan as plan
    inner join patron_sync.staged_patron as staged
        on plan.run_id = staged.run_id
        and plan.library = staged.library
        and plan.record_no = staged.record_no
    inner join cicero.card as new
        on plan.patron_id = new.patron_id
        and new.card_number = coalesce(staged.assigned_card_number, staged.card_number)
    where plan.run_id = %(run_id)s
        and plan.library = %(library)s
        and plan.field = 'card'
        and plan.target = 'cicero'
        and plan.state = 'planned'
        and (
            plan.held_set_id = %(held_set_id)s
            or %(held_set_id)s::uuid is null and plan.held_set_id is null
        )
)

update cicero.card as old
set
    status = 'replaced',
    changed_at = clock_timestamp()
from ready
where ready.status = 'replaced'
    and old.patron_id = ready.patron_id
    and convert_to(old.card_id::text, 'UTF8') = ready.target_version
    and old.kind = 'national'
    and old.status = 'active';
