-- Let nobody change the profiles that a batch of a run wrote until the transaction ends.
--
-- Runs on     patron database, read-write, the transaction of one batch
-- Used by     steps.data_sync.undo_sync, before judge_reversals
-- Spec        X7
--
-- Parameters
--   run_id      uuid     the run
--   after_no    integer  records behind this one
--   through_no  integer  up to this one
--
-- Returns     profile_id, in order
-- Repeatable  yes: the locks are held already

select profile.profile_id
from profiles.profile as profile
where profile.profile_id in (
    select plan.profile_id
    from data_sync.plan as plan
    where plan.run_id = %(run_id)s
        and plan.record_no > %(after_no)s
        and plan.record_no <= %(through_no)s
)
order by profile.profile_id
for update;
