-- Find every patron, here or gone, that is one of some persons, at all libraries.
--
-- Runs on     patron database, read-only
-- Used by     steps.erase_person
-- Spec        X10
--
-- Parameters
--   patron_ids   bigint[]   patrons that are known already
--   person_keys  bytea[]    the persons
--
-- Returns     patron_id, is_here, has_consent; ordered by patron_id. A patron who is another person
--             today is left out
-- Repeatable  yes: reads only

select
    same.patron_id,
    patron.patron_id is not null as is_here,
    exists(
        select from cicero.consent as consent
        where consent.patron_id = same.patron_id
            and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
            and consent.withdrawn_at is null
    ) as has_consent
from (
    select unnest(%(patron_ids)s::bigint[]) as patron_id
    union
    select known.patron_id
    from cicero.patron as known
    where known.person_key = any(%(person_keys)s)
    union
    select deleted.patron_id
    from cicero.deleted_patron as deleted
    where deleted.person_key = any(%(person_keys)s)
    union
    select plan.patron_id
    from patron_sync.plan as plan
    where plan.person_key = any(%(person_keys)s)
    union
    select verdict.patron_id
    from patron_sync.verdict as verdict
    where verdict.person_key = any(%(person_keys)s)
    union
    select journal.patron_id
    from patron_sync.journal as journal
    where journal.person_key = any(%(person_keys)s)
) as same
left join cicero.patron as patron on same.patron_id = patron.patron_id
where same.patron_id = any(%(patron_ids)s)
    or same.patron_id is not null
    and (patron.patron_id is null or patron.person_key = any(%(person_keys)s))
order by same.patron_id;
