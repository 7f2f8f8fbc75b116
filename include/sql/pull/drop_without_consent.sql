-- Drop planned writes into Cicero for patrons who have withdrawn their consent since the plan.
--
-- Runs on     patron database, read-write, the transaction of one library and field
-- Used by     steps.apply_to_cicero
-- Spec        N3.1
--
-- Parameters
--   run_id       uuid  the run
--   library      text  agency code
--   field        text  card or pin
--   held_set_id  uuid  only what waited with this set; null for what never waited
--
-- Writes      patron_sync.plan
-- Repeatable  yes: only planned rows are touched

update patron_sync.plan as plan
set
    state = 'dropped',
    outcome_reason = 'CONSENT_WITHDRAWN',
    settled_at = clock_timestamp()
where plan.run_id = %(run_id)s
    and plan.library = %(library)s
    and plan.field = %(field)s
    and plan.target = 'cicero'
    and plan.state = 'planned'
    and (
        plan.held_set_id = %(held_set_id)s
        or %(held_set_id)s::uuid is null and plan.held_set_id is null
    )
    and not exists (
        select from cicero.consent as consent
        where consent.patron_id = plan.patron_id
            and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
            and consent.withdrawn_at is null
    );
