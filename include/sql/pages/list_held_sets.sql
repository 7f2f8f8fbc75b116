-- List sets of held changes: those that wait, or those that are decided, by key.
--
-- Runs on     patron database, read-only
-- Used by     web.held_sets
-- Spec        X2
--
-- Parameters
--   held_set_id  uuid         only this set; null for all
--   run_id       uuid         only of this run; null for all
--   is_open      boolean      those that wait, or the others; null for both
--   before_at    timestamptz  when the last set of the page before was held; null at first
--   before_id    uuid         its id; null at first
--   most         integer      sets at most
--
-- Returns     held_set_id, run_id, flow, library, kind, digest, changes, allowed, population,
--             state, asked_by, held_at, expires_at, is_expired, decided_at, decided_by,
--             decision_reason; the newest first
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
    held.expires_at < clock_timestamp() as is_expired,
    held.decided_at,
    held.decided_by,
    held.decision_reason
from patron_sync.held_set as held
inner join patron_sync.run as run on held.run_id = run.run_id
where (%(held_set_id)s::uuid is null or held.held_set_id = %(held_set_id)s::uuid)
    and (%(run_id)s::uuid is null or held.run_id = %(run_id)s::uuid)
    and (%(is_open)s::boolean is null or (held.state = 'open') = %(is_open)s::boolean)
    and (
        %(before_at)s::timestamptz is null
        or (held.held_at, held.held_set_id) < (%(before_at)s, %(before_id)s::uuid)
    )
order by held.held_at desc, held.held_set_id desc
limit %(most)s;
