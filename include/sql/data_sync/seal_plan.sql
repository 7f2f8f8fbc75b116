-- Give the plan of a run its id.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.plan_profiles
-- Spec        X1
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      one row of data_sync.run
-- Returns     plan_id, the SHA-256 over the rows in the order of the records' ids; the same for
--             a dry run and a live run over the same state
-- Repeatable  yes: the same rows give the same id

-- Digests are made before the sort, which then carries no values.
with planned as materialized (
    select
        plan.record_id,
        md5(
            plan.record_id || plan.action || plan.fields::text || plan.cleared::text
            || case plan.action when 'create' then '' else plan.profile_id::text end
        ) as row_digest
    from data_sync.plan as plan
    where plan.run_id = %(run_id)s
)

update data_sync.run
set plan_id = (
    select
        encode(
            sha256(
                convert_to(
                    coalesce(string_agg(planned.row_digest, '' order by planned.record_id), ''),
                    'UTF8'
                )
            ),
            'hex'
        )
    from planned
)
where run_id = %(run_id)s
returning plan_id;
