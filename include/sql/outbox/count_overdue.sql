-- Count what has waited longer than it should, by library and reason.
--
-- Runs on     patron database, read-only
-- Used by     steps.check_outbox
-- Spec        X5
--
-- Parameters
--   older_days  integer   days after which somebody should know
--
-- Returns     library, flow, reason, entries, oldest_days; ordered by library, flow, reason
-- Repeatable  yes: reads only

select
    entry.library,
    entry.flow,
    entry.reason,
    count(*) as entries,
    floor(max(extract(epoch from now() - entry.since)) / 86400)::integer as oldest_days
from (
    select
        pending.library,
        pending.flow,
        pending.reason,
        pending.since
    from patron_sync.pending as pending
    union all
    select
        deleted.library,
        'push',
        'PATRON_DELETED',
        deleted.deleted_at
    from cicero.deleted_patron as deleted
    where deleted.settled_at is null
        and deleted.had_consent
) as entry
where entry.since < now() - make_interval(days => %(older_days)s)
group by entry.library, entry.flow, entry.reason
order by entry.library, entry.flow, entry.reason;
