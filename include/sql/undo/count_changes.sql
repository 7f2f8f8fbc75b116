-- Count what became of taking a run back, by all calls together.
--
-- Runs on     patron database, read-only
-- Used by     steps.undo_run, steps.undo_library
-- Spec        X7
--
-- Parameters
--   run_id     uuid     the run
--   fields     text[]   relation, card, pin, as far as they are meant
--   libraries  text[]   agency codes
--
-- Returns     library, target, field, state (planned where a call was interrupted), reason,
--             changes; ordered by all of them
-- Repeatable  yes: reads only

select
    change.library,
    change.target,
    change.field,
    change.state,
    change.reason,
    count(*) as changes
from patron_sync.undo_change as change
where change.run_id = %(run_id)s
    and change.field = any(%(fields)s)
    and change.library = any(%(libraries)s)
group by change.library, change.target, change.field, change.state, change.reason
order by change.library, change.target, change.field, change.state, change.reason;
