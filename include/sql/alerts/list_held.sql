-- Count what waits for a person's decision, by library and kind.
--
-- Runs on     patron database, read-only
-- Used by     steps.alerts.find_alerts
-- Spec        X2
--
-- Parameters  none
--
-- Returns     library, kind, changes, hours (until the first of them expires, rounded down);
--             ordered by library, kind
-- Repeatable  yes: reads only

select
    held.library,
    held.kind,
    sum(held.changes) as changes,
    floor(min(extract(epoch from held.expires_at - now())) / 3600)::integer as hours
from patron_sync.held_set as held
where held.state = 'open'
    and held.expires_at > now()
group by held.library, held.kind
order by held.library, held.kind;
