-- Remember which card was in force before the planned cards are written into Cicero.
--
-- Runs on     patron database, read-write, the transaction of the write, before it
-- Used by     steps.keep_journal
-- Spec        X7
--
-- Parameters
--   run_id       uuid  the run
--   library      text  agency code
--   held_set_id  uuid  only what waited with this set; null for what never waited
--
-- Writes      patron_sync.journal, where the card is still the one over which alone a load writes
-- Repeatable  yes, once the plan rows are settled: only planned ones are remembered

insert into patron_sync.journal (
    run_id, library, record_no, field, target, patron_id, person_key, action, old_card_id,
    new_fingerprint
)
select
    plan.run_id,
    plan.library,
    plan.record_no,
    plan.field,
    plan.target,
    plan.patron_id,
    plan.person_key,
    plan.action,
    held.card_id,
    plan.value_fingerprint
from patron_sync.plan as plan
left join cicero.card as held
    on plan.patron_id = held.patron_id
    and held.kind = 'national'
    and held.status = 'active'
where plan.run_id = %(run_id)s
    and plan.library = %(library)s
    and plan.field = 'card'
    and plan.target = 'cicero'
    and plan.state = 'planned'
    and (
        plan.held_set_id = %(held_set_id)s
        or %(held_set_id)s::uuid is null and plan.held_set_id is null
    )
    and plan.target_version is not distinct from convert_to(held.card_id::text, 'UTF8');
