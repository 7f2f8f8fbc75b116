-- Count what became of what a run wrote, since it was taken back.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.undo_sync
-- Spec        X7
--
-- Parameters
--   run_id  uuid  the run
--
-- Returns     kind (profile, link or value), field, state (reversed or kept), reason, things;
--             ordered by all but the last
-- Repeatable  yes: reads only

select
    reversal.kind,
    nullif(reversal.field, '') as field,
    reversal.state,
    reversal.reason,
    count(*) as things
from data_sync.reversal as reversal
where reversal.run_id = %(run_id)s
group by reversal.kind, reversal.field, reversal.state, reversal.reason
order by reversal.kind, reversal.field, reversal.state, reversal.reason;
