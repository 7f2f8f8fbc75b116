-- Remember which record each planned profile of a batch is.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.load_profiles
-- Spec        D0.3
--
-- Parameters
--   run_id      uuid     the run
--   after_no    integer  records behind this one
--   through_no  integer  up to this one
--
-- Writes      profiles.source_link
-- Repeatable  no: the batch and its place are written together

insert into profiles.source_link (source, record_id, profile_id)
select
    run.source,
    plan.record_id,
    plan.profile_id
from data_sync.plan as plan
inner join data_sync.run as run on plan.run_id = run.run_id
where plan.run_id = %(run_id)s
    and plan.state = 'planned'
    and plan.record_no > %(after_no)s
    and plan.record_no <= %(through_no)s
    -- Of an update the link may be there. What would give the record or the profile a second one
    -- otherwise was taken out of the batch before.
    and (
        plan.action <> 'update'
        or not exists (
            select from profiles.source_link as link
            where link.source = run.source
                and link.record_id = plan.record_id
        )
    );
