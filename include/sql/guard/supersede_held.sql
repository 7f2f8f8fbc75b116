-- Let newer plans replace changes that still wait from earlier runs.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.guard_changes
-- Spec        X2
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      patron_sync.plan: waiting rows of earlier runs of which this run plans the field;
--             a run that is repeated after a later one replaces nothing of that; and
--             patron_sync.pending for their patrons
-- Repeatable  yes: what is dropped is not held any more

with superseded as (
    update patron_sync.plan as older
    set
        state = 'dropped',
        outcome_reason = 'SUPERSEDED',
        settled_at = clock_timestamp()
    from patron_sync.plan as newer
    inner join patron_sync.run_library as lib
        on newer.run_id = lib.run_id
        and newer.library = lib.library
    inner join patron_sync.run as run on newer.run_id = run.run_id
    cross join patron_sync.run as older_run
    where newer.run_id = %(run_id)s
        and lib.stage = 'guarded'
        and (older.state = 'held' or older.state = 'planned' and older.held_set_id is not null)
        and older.run_id = older_run.run_id
        and older_run.started_at < run.started_at
        and older.library = newer.library
        and older.person_key = newer.person_key
        and older.field = newer.field
        and older.target = newer.target
    returning older.library, older.patron_id, older.action, older_run.flow
)

-- Should this run fail, a later one takes them up: nobody else knows of them any more.
insert into patron_sync.pending as pending (flow, library, patron_id, reason)
select distinct
    superseded.flow,
    superseded.library,
    superseded.patron_id,
    'SUPERSEDED'
from superseded
inner join cicero.patron as patron on superseded.patron_id = patron.patron_id
where superseded.action <> 'remove'
on conflict (flow, library, patron_id) do update
    set
        waits = false,
        reason = case when pending.waits then excluded.reason else pending.reason end,
        raised_xid = excluded.raised_xid;
