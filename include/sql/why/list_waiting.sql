-- List what waits for some patrons: for a next run, for a person, or for the registry.
--
-- Runs on     patron database, read-only
-- Used by     steps.explain_patron, desk.sync_state
-- Spec        X6, X2, X5, N3.7
--
-- Parameters
--   patron_ids   bigint[]   the patrons
--   libraries    text[]     their libraries
--   person_keys  bytea[]    their person keys
--
-- Returns     patron_id, kind (pending, removal or held), flow, reason (code, or kind of the held
--             set), since, attempts, waits (not taken up by the next run), held_set_id, held_state
--             (open or approved), expires_at; ordered by patron_id, since
-- Repeatable  yes: reads only

select
    pending.patron_id,
    'pending' as kind,
    pending.flow,
    pending.reason,
    pending.since,
    pending.attempts,
    pending.waits,
    null::uuid as held_set_id,
    null::text as held_state,
    null::timestamptz as expires_at
from patron_sync.pending as pending
where pending.flow in ('pull', 'push')
    and pending.library = any(%(libraries)s)
    and pending.patron_id = any(%(patron_ids)s::bigint[])
union all
select
    deleted.patron_id,
    'removal' as kind,
    'push' as flow,
    'PATRON_DELETED' as reason,
    deleted.deleted_at as since,
    null as attempts,
    false as waits,
    null as held_set_id,
    null as held_state,
    null as expires_at
from cicero.deleted_patron as deleted
where deleted.settled_at is null
    and deleted.library = any(%(libraries)s)
    and deleted.patron_id = any(%(patron_ids)s::bigint[])
union all
select distinct
    plan.patron_id,
    'held' as kind,
    run.flow,
    held.kind as reason,
    held.held_at as since,
    null::integer as attempts,
    true as waits,
    held.held_set_id,
    held.state as held_state,
    held.expires_at
from patron_sync.plan as plan
inner join patron_sync.held_set as held on plan.held_set_id = held.held_set_id
inner join patron_sync.run as run on held.run_id = run.run_id
where plan.state = 'held'
    and held.state in ('open', 'approved')
    and plan.library = any(%(libraries)s)
    and plan.person_key = any(%(person_keys)s)
    and plan.patron_id = any(%(patron_ids)s::bigint[])
order by patron_id, since;
