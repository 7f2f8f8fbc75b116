-- Write out a digest of each planned change of data syncs, as the ids of their plans are made of.
--
-- Runs on     patron database, read-only
-- Used by     steps.verify_audit
-- Spec        X1, X9
--
-- Parameters  none
--
-- Returns     lines of columns parted by tabs: run_id; t if the record was erased, else f; and the
--             text that data_sync/seal_plan strings together. Ordered by run_id and record_id.
--             Runs whose values were removed for their age are left out
-- Repeatable  yes: reads only

copy (
    select
        plan.run_id,
        plan.record_id = '' as is_erased,
        md5(
            plan.record_id || plan.action || plan.fields::text || plan.cleared::text
            || case plan.action when 'create' then '' else plan.profile_id::text end
        ) as row_digest
    from data_sync.run as run
    inner join data_sync.plan as plan on run.run_id = plan.run_id
    where run.plan_id is not null
        and run.values_gone_at is null
    order by plan.run_id, plan.record_id
) to stdout with (format text, encoding 'UTF8');
