-- Read what counts for the decision about some patrons, without any value.
--
-- Runs on     patron database, read-only
-- Used by     steps.explain_patron
-- Spec        X6, N3.1, N2.5
--
-- Parameters
--   patron_ids  bigint[]   the patrons
--
-- Returns     patron_id, has_national_id, has_person_key, consented_at and withdrawn_at of the last
--             consent with who did it, pin_changed_at (null without a PIN), pin_origin,
--             must_change; ordered by patron_id
-- Repeatable  yes: reads only

select
    patron.patron_id,
    patron.national_id is not null as has_national_id,
    patron.person_key is not null as has_person_key,
    consent.given_at as consented_at,
    consent.given_by,
    consent.withdrawn_at,
    consent.withdrawn_by,
    pin.changed_at as pin_changed_at,
    pin.origin as pin_origin,
    pin.must_change
from cicero.patron as patron
left join lateral (
    select
        last_consent.given_at,
        last_consent.given_by,
        last_consent.withdrawn_at,
        last_consent.withdrawn_by
    from cicero.consent as last_consent
    where last_consent.patron_id = patron.patron_id
        and last_consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
    order by last_consent.withdrawn_at desc nulls first, last_consent.consent_id desc
    limit 1
) as consent on true
left join cicero.pin as pin on patron.patron_id = pin.patron_id
where patron.patron_id = any(%(patron_ids)s::bigint[])
order by patron.patron_id;
