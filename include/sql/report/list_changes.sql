-- List planned changes of a run, masked.
--
-- Runs on     patron database, read-only
-- Used by     steps.show_plan, steps.decide_held_changes
-- Spec        X1, X2
--
-- Parameters
--   run_id       uuid      the run
--   held_set_id  uuid      only of this held set; null for the whole run
--   most         integer   rows at most
--
-- Returns     library, person (pseudonym), field, target, action, rule, state, reason,
--             is_conflict, registry_changed_at, cicero_changed_at; in the order of the plan's id
-- Repeatable  yes: reads only

select
    plan.library,
    left(encode(plan.person_key, 'hex'), 10) as person,
    plan.field,
    plan.target,
    plan.action,
    plan.reason as rule,
    plan.state,
    plan.outcome_reason as reason,
    plan.is_conflict,
    plan.registry_changed_at,
    plan.cicero_changed_at
from patron_sync.plan as plan
where plan.run_id = %(run_id)s
    and (%(held_set_id)s::uuid is null or plan.held_set_id = %(held_set_id)s)
order by plan.library, plan.person_key, plan.field, plan.target
limit %(most)s;
