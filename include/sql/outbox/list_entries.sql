-- List what the registry or Cicero has not been told yet although it should.
--
-- Runs on     patron database, read-only
-- Used by     steps.outbox
-- Spec        X5
--
-- Parameters
--   library  text   agency code; null for all
--   reason   text   reason code; null for all
--
-- Returns     flow, library, kind (patron or removal), entry_id (patron id, or id of the deletion),
--             person (pseudonym, or null), reason, since, attempts, waits (not tried again before a
--             value changes or a person says so), age_days; oldest first
-- Repeatable  yes: reads only

select
    entry.*,
    floor(extract(epoch from clock_timestamp() - entry.since) / 86400)::integer as age_days
from (
    select
        pending.flow,
        pending.library,
        'patron' as kind,
        pending.patron_id as entry_id,
        left(encode(patron.person_key, 'hex'), 10) as person,
        pending.reason,
        pending.since,
        pending.attempts,
        pending.waits
    from patron_sync.pending as pending
    inner join cicero.patron as patron on pending.patron_id = patron.patron_id
    union all
    select
        'push',
        deleted.library,
        'removal',
        deleted.deletion_id,
        left(encode(deleted.person_key, 'hex'), 10),
        'PATRON_DELETED',
        deleted.deleted_at,
        (
            select count(*)
            from patron_sync.plan as plan
            where plan.person_key = deleted.person_key
                and plan.library = deleted.library
                and plan.action = 'remove'
                and plan.state = 'failed'
        ),
        exists(
            select from patron_sync.plan as plan
            where plan.person_key = deleted.person_key
                and plan.library = deleted.library
                and plan.action = 'remove'
                and plan.state = 'held'
        )
    from cicero.deleted_patron as deleted
    where deleted.settled_at is null
        and deleted.had_consent
) as entry
where (%(library)s::text is null or entry.library = %(library)s)
    and (%(reason)s::text is null or entry.reason = %(reason)s)
order by entry.since, entry.library, entry.entry_id;
