-- Count what waits for a person's decision.
--
-- Runs on     patron database, read-only
-- Used by     web.views.overview
-- Spec        X2
--
-- Parameters  none
--
-- Returns     sets (of changes beyond a limit), changes (in them), expires_at (of the set that
--             expires first; aware, null without one), syncs (runs of data syncs that are held)
-- Repeatable  yes: reads only

select
    count(*) as sets,
    coalesce(sum(held.changes), 0) as changes,
    min(held.expires_at) as expires_at,
    (
        select count(*)
        from data_sync.run as run
        where run.state = 'held'
            and run.decision is null
    ) as syncs
from patron_sync.held_set as held
where held.state = 'open'
    and held.expires_at > now();
