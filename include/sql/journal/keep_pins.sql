-- Remember the PINs, encrypted as they are, before the planned ones are written into Cicero.
--
-- Runs on     patron database, read-write, the transaction of the write, before it
-- Used by     steps.keep_journal
-- Spec        X7, N2.5
--
-- Parameters
--   run_id       uuid  the run
--   library      text  agency code
--   held_set_id  uuid  only what waited with this set; null for what never waited
--
-- Writes      patron_sync.journal
-- Repeatable  yes, once the plan rows are settled: only planned ones are remembered

insert into patron_sync.journal (
    run_id, library, record_no, field, target, patron_id, person_key, action, old_value,
    old_fingerprint, old_must_change, old_origin, new_fingerprint
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
    held.pin_encrypted,
    held.pin_fingerprint,
    held.must_change,
    held.origin,
    plan.value_fingerprint
from patron_sync.plan as plan
left join cicero.pin as held on plan.patron_id = held.patron_id
where plan.run_id = %(run_id)s
    and plan.library = %(library)s
    and plan.field = 'pin'
    and plan.target = 'cicero'
    and plan.state = 'planned'
    and (
        plan.held_set_id = %(held_set_id)s
        or %(held_set_id)s::uuid is null and plan.held_set_id is null
    );
