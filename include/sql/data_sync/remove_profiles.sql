-- Remove the profiles that a run created and nobody has changed since.
--
-- Runs on     patron database, read-write, the transaction of one batch
-- Used by     steps.data_sync.undo_sync, after judge_reversals
-- Spec        X7
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      deletes rows of profiles.profile, and their links with them
-- Repeatable  yes: the second call finds nothing

delete from profiles.profile as profile
using data_sync.reversal as reversal, data_sync.plan as plan
where reversal.run_id = %(run_id)s
    and reversal.state = 'planned'
    and reversal.kind = 'profile'
    and plan.run_id = reversal.run_id
    and plan.record_no = reversal.record_no
    and profile.profile_id = plan.profile_id;
