-- Write out which fields of which profile data syncs wrote, one record a line, as it is sealed.
--
-- Runs on     patron database, read-only
-- Used by     steps.verify_audit; by hand, docs/audit.md
-- Spec        X9
--
-- Parameters  none
--
-- Returns     lines of columns parted by tabs: run_id; t if it was held and approved, else f; then
--             record_no, profile_id, action, names of fields, names of emptied fields, which with
--             their line feed are what data_sync/seal_batch digests. Ordered by run_id, record_no
-- Repeatable  yes: reads only

copy (
    select
        plan.run_id,
        plan.state = 'planned' and coalesce(run.decision, '') = 'approved' as is_approved,
        plan.record_no,
        plan.profile_id,
        plan.action,
        array_to_string(array(select jsonb_object_keys(plan.fields)), ',') as fields,
        array_to_string(plan.cleared, ',') as cleared
    from data_sync.run as run
    inner join data_sync.plan as plan on run.run_id = plan.run_id
    where not run.is_dry_run
        and (
            plan.state = 'confirmed'
            or (plan.state = 'planned' and plan.record_no <= run.loaded_through)
        )
    order by plan.run_id, plan.record_no
) to stdout with (format text, encoding 'UTF8');
