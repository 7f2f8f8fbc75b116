-- Forget which profile a record is, where a run had found that by a key.
--
-- Runs on     patron database, read-write, the transaction of one batch
-- Used by     steps.data_sync.undo_sync, after judge_reversals
-- Spec        X7
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      deletes rows of profiles.source_link
-- Repeatable  yes: the second call finds nothing

delete from profiles.source_link as link
using data_sync.reversal as reversal, data_sync.plan as plan, data_sync.run as run
where reversal.run_id = %(run_id)s
    and reversal.state = 'planned'
    and reversal.kind = 'link'
    and plan.run_id = reversal.run_id
    and plan.record_no = reversal.record_no
    and run.run_id = reversal.run_id
    and link.source = run.source
    and link.record_id = plan.record_id;
