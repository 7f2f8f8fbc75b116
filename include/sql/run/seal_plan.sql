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

update patron_sync.run
set plan_id = (
    select
        encode(patron_sync.chain_digest(
            concat_ws(
                '|', plan.library, encode(plan.person_key, 'hex'), plan.field, plan.target,
                plan.action, plan.reason, coalesce(encode(plan.value_fingerprint, 'hex'), '')
            )
            order by plan.library, plan.person_key, plan.field, plan.target
        ), 'hex')
    from patron_sync.plan as plan
    where plan.run_id = %(run_id)s
)
where run_id = %(run_id)s;
