-- List changes of a held set by key, masked.
--
-- Runs on     patron database, read-only
-- Used by     web.held_sets
-- Spec        X2
--
-- Parameters
--   held_set_id   uuid      the set
--   after_no      integer   record of the last change of the page before; 0 at first
--   after_field   text      its field; empty at first
--   after_target  text      its target; empty at first
--   most          integer   changes at most
--
-- Returns     library, record_no, person (pseudonym), patron_id, field, target, action, rule,
--             state, reason, is_conflict, registry_changed_at, cicero_changed_at; ordered by
--             record_no, field, target
-- Repeatable  yes: reads only

select
    plan.library,
    plan.record_no,
    left(encode(plan.person_key, 'hex'), 10) as person,
    plan.patron_id,
    plan.field,
    plan.target,
    plan.action,
    plan.reason as rule,
    plan.state,
    plan.outcome_reason as reason,
    plan.is_conflict,
    plan.registry_changed_at,
    plan.cicero_changed_at
from patron_sync.held_set as held
inner join patron_sync.plan as plan
    on held.run_id = plan.run_id
    and held.library = plan.library
    and held.held_set_id = plan.held_set_id
where held.held_set_id = %(held_set_id)s
    and (plan.record_no, plan.field, plan.target)
    > (%(after_no)s::integer, %(after_field)s, %(after_target)s)
order by plan.record_no, plan.field, plan.target
limit %(most)s;
