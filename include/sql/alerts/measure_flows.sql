-- Measure who waits, and how long ago each flow was completed.
--
-- Runs on     patron database, read-only
-- Used by     steps.alerts.measure
-- Spec        N1.5, X5
--
-- Parameters  none
--
-- Returns     library, flow, waiting (patrons and removals), waiting_s (age of the oldest, 0
--             without one), completed_s (since the last completed run; null before it); ordered by
--             library, flow
-- Repeatable  yes: reads only

with entry as (
    select
        pending.library,
        pending.flow,
        pending.since
    from patron_sync.pending as pending
    union all
    select
        deleted.library,
        'push' as flow,
        deleted.deleted_at as since
    from cicero.deleted_patron as deleted
    where deleted.settled_at is null
        and deleted.had_consent
),

waiting as (
    select
        entry.library,
        entry.flow,
        count(*) as entries,
        min(entry.since) as since
    from entry
    group by entry.library, entry.flow
)

select
    coalesce(mark.library, waiting.library) as library,
    coalesce(mark.flow, waiting.flow) as flow,
    coalesce(waiting.entries, 0) as waiting,
    coalesce(floor(extract(epoch from now() - waiting.since)), 0)::bigint as waiting_s,
    floor(extract(epoch from now() - mark.moved_at))::bigint as completed_s
from patron_sync.watermark as mark
full join waiting
    on mark.library = waiting.library
    and mark.flow = waiting.flow
order by library, flow;
