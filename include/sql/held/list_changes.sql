-- List the changes of a set that are not written yet, with what it takes to ask the registry again.
--
-- Runs on     patron database, read-only
-- Used by     steps.apply_held_changes, steps.decide_held_changes
-- Spec        X2, N3.1
--
-- Parameters
--   held_set_id  uuid      the set
--   after_no     integer   last record number of the batch before; 0 at first
--   batch_size   integer   records at most
--
-- Returns     record_no, person_key, fields, actions, national_id (null without consent, or for a
--             removal), registry_card_number and registry_pin_fingerprint as they were planned
--             with, planned_card, planned_pin (fingerprints); ordered by record_no
-- Repeatable  yes: reads only

select
    plan.record_no,
    plan.person_key,
    array_agg(plan.field order by plan.field) as fields,
    array_agg(plan.action order by plan.field) as actions,
    min(patron.national_id) filter (
        where consent.consent_id is not null and not staged.is_removal
    ) as national_id,
    min(staged.registry_state) as registry_state,
    min(staged.registry_card_number) as registry_card_number,
    min(staged.card_number) as card_number,
    min(encode(staged.registry_pin_fingerprint, 'hex')) as registry_pin,
    min(encode(plan.value_fingerprint, 'hex')) filter (where plan.field = 'pin') as planned_pin
from patron_sync.plan as plan
inner join patron_sync.staged_patron as staged
    on plan.run_id = staged.run_id
    and plan.library = staged.library
    and plan.record_no = staged.record_no
left join cicero.patron as patron on plan.patron_id = patron.patron_id
left join cicero.consent as consent
    on patron.patron_id = consent.patron_id
    and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
    and consent.withdrawn_at is null
where plan.held_set_id = %(held_set_id)s
    and plan.state in ('held', 'planned')
    and plan.record_no > %(after_no)s
group by plan.record_no, plan.person_key
order by plan.record_no
limit %(batch_size)s;
