-- Read one patron of a library.
--
-- Runs on     patron database, read-only
-- Used by     desk.read_patron
-- Spec        N3.8
--
-- Parameters
--   patron_id  bigint  the patron
--   library    text    agency code
--
-- Returns     one row or none: patron_id, library, person_key, pin_key, has_national_id,
--             national_id, surname, first_name, name_origin, created_by, created_at, born_on,
--             address, settings, blocked_reason, blocked_since, has_pin, pin_fingerprint,
--             must_change, pin_changed_at, has_consent, waiting_flow, waiting_reason,
--             waits_for_person, guardian_name
-- Repeatable  yes: reads only

select
    patron.patron_id,
    patron.library,
    patron.person_key,
    coalesce(patron.person_key, patron.former_person_key) as pin_key,
    patron.national_id is not null as has_national_id,
    patron.national_id,
    patron.surname,
    patron.first_name,
    patron.name_origin,
    patron.created_by,
    patron.created_at,
    detail.born_on,
    detail.address,
    coalesce(detail.settings, '{}'::jsonb) as settings,
    detail.blocked_reason,
    detail.blocked_since,
    pin.patron_id is not null as has_pin,
    pin.pin_fingerprint,
    coalesce(pin.must_change, false) as must_change,
    pin.changed_at as pin_changed_at,
    exists(
        select from cicero.consent as consent
        where consent.patron_id = patron.patron_id
            and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
            and consent.withdrawn_at is null
    ) as has_consent,
    pending.flow as waiting_flow,
    pending.reason as waiting_reason,
    coalesce(pending.waits, false) as waits_for_person,
    guardian.name as guardian_name
from cicero.patron as patron
left join cicero.patron_detail as detail on patron.patron_id = detail.patron_id
left join cicero.pin as pin on patron.patron_id = pin.patron_id
left join cicero.guardian as guardian on patron.patron_id = guardian.patron_id
left join lateral (
    select
        waiting.flow,
        waiting.reason,
        waiting.waits
    from patron_sync.pending as waiting
    where waiting.patron_id = patron.patron_id
        and waiting.library = patron.library
    order by waiting.flow desc
    limit 1
) as pending on true
where patron.patron_id = %(patron_id)s
    and patron.library = %(library)s;
