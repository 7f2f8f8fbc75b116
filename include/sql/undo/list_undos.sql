-- Tell which runs were taken back, when, by whom, and what became of it.
--
-- Runs on     patron database, read-only
-- Used by     steps.read_undos
-- Spec        X7, X6
--
-- Parameters
--   run_ids  uuid[]   only of these runs; null for all
--
-- Returns     run_id, library, flow, undone_at and asked_by (of the last call that dealt with a
--             change), reversed, kept, failed, open (a call was interrupted): numbers of changes;
--             the newest first
-- Repeatable  yes: reads only

select
    change.run_id,
    change.library,
    run.flow,
    max(coalesce(change.settled_at, undo.started_at)) as undone_at,
    (array_agg(undo.asked_by order by undo.started_at desc))[1] as asked_by,
    count(*) filter (where change.state = 'reversed') as reversed,
    count(*) filter (where change.state = 'kept') as kept,
    count(*) filter (where change.state = 'failed') as failed,
    count(*) filter (where change.state = 'planned') as open
from patron_sync.undo_change as change
inner join patron_sync.undo as undo on change.undo_id = undo.undo_id
inner join patron_sync.run as run on change.run_id = run.run_id
where %(run_ids)s::uuid[] is null
    or change.run_id = any(%(run_ids)s::uuid[])
group by change.run_id, change.library, run.flow
order by undone_at desc, change.library asc;
