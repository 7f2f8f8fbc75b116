-- Read one set of held changes and keep others from deciding on it meanwhile.
--
-- Runs on     patron database, read-write, the transaction of the decision
-- Used by     steps.decide_held_changes
-- Spec        X2
--
-- Parameters
--   held_set_id  uuid   the set
--
-- Returns     run_id, flow, library, kind, digest, changes, state, asked_by, decided_by,
--             is_expired, present_digest (over what waits today); no row if there is no such set
-- Repeatable  yes: the row is locked, not changed

select
    held.run_id,
    run.flow,
    held.library,
    held.kind,
    held.digest,
    held.changes,
    held.state,
    held.asked_by,
    held.decided_by,
    held.expires_at < clock_timestamp() as is_expired,
    patron_sync.held_digest(held.held_set_id) as present_digest
from patron_sync.held_set as held
inner join patron_sync.run as run on held.run_id = run.run_id
where held.held_set_id = %(held_set_id)s
for update of held;
