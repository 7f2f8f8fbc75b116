-- Create the planned profiles of a batch.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.load_profiles
-- Spec        D1.2
--
-- Parameters
--   run_id      uuid     the run
--   after_no    integer  records behind this one
--   through_no  integer  up to this one
--
-- Writes      profiles.profile
-- Repeatable  no: the batch and its place are written together

insert into profiles.profile (profile_id, type, fields, created_run, changed_run)
select
    plan.profile_id,
    run.profile_type,
    plan.fields,
    plan.run_id as created_run,
    plan.run_id as changed_run
from data_sync.plan as plan
inner join data_sync.run as run on plan.run_id = run.run_id
where plan.run_id = %(run_id)s
    and plan.action = 'create'
    and plan.state = 'planned'
    and plan.record_no > %(after_no)s
    and plan.record_no <= %(through_no)s;
