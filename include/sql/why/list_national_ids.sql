-- List the national ids of some patrons, for a look-up at the registry or a key not computed yet.
--
-- Runs on     patron database, read-only
-- Used by     steps.rehearse_patron
-- Spec        X6, N3.1
--
-- Parameters
--   patron_ids  bigint[]   the patrons
--
-- Returns     patron_id, library, national_id, person_key, has_consent; ordered by patron_id
-- Repeatable  yes: reads only

select
    patron.patron_id,
    patron.library,
    patron.national_id,
    patron.person_key,
    exists(
        select from cicero.consent as consent
        where consent.patron_id = patron.patron_id
            and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
            and consent.withdrawn_at is null
    ) as has_consent
from cicero.patron as patron
where patron.patron_id = any(%(patron_ids)s::bigint[])
    and patron.national_id is not null
order by patron.patron_id;
