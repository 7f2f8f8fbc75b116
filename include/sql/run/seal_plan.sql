-- Give the plan of a run its id: a digest over its rows in a stable order.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.plan_changes
-- Spec        X1
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      one row of patron_sync.run
-- Repeatable  yes: the same rows give the same id

-- Rows are digested in blocks by person, and the blocks in order: no text grows with the plan.
update patron_sync.run
set plan_id = (
    select
        encode(sha256(coalesce(
            string_agg(block.digest, ''::bytea order by block.library, block.part), ''
        )), 'hex')
    from (
        select
            plan.library,
            substr(plan.person_key, 1, 1) as part,
            sha256(convert_to(string_agg(
                concat_ws(
                    '|', encode(plan.person_key, 'hex'), plan.field, plan.target,
                    plan.action, plan.reason, coalesce(encode(plan.value_fingerprint, 'hex'), '')
                ),
                E'\n'
                order by plan.person_key, plan.field, plan.target
            ), 'UTF8')) as digest
        from patron_sync.plan as plan
        where plan.run_id = %(run_id)s
        group by plan.library, substr(plan.person_key, 1, 1)
    ) as block
)
where run_id = %(run_id)s;
