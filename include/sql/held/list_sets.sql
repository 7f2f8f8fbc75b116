-- List sets of held changes with what waits in them.
--
-- Runs on     patron database, read-only
-- Used by     steps.decide_held_changes
-- Spec        X2
--
-- Parameters
--   state  text   open, or another state; null for all
--
-- Returns     held_set_id, run_id, flow, library, kind, digest, changes, allowed, population,
--             state, asked_by, held_at, expires_at, decided_at, decided_by, decision_reason and
--             waiting (changes that are still held); oldest first
-- Repeatable  yes: reads only

select
    held.held_set_id,
    held.run_id,
    run.flow,
    held.library,
    held.kind,
    held.digest,
    held.changes,
    held.allowed,
    held.population,
    held.state,
    held.asked_by,
    held.held_at,
    held.expires_at,
    held.decided_at,
    held.decided_by,
    held.decision_reason,
    (
        select count(*)
        from patron_sync.plan as plan
        where plan.held_set_id = held.held_set_id
            and plan.state = 'held'
    ) as waiting
from patron_sync.held_set as held
inner join patron_sync.run as run on held.run_id = run.run_id
where %(state)s::text is null
    or held.state = %(state)s
order by held.held_at, held.held_set_id;
