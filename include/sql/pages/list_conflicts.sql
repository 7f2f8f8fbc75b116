-- List by key the values of a run that both sides had changed.
--
-- Runs on     patron database, read-only
-- Used by     steps.list_records
-- Spec        X3
--
-- Parameters
--   run_id         uuid      the run
--   libraries      text[]    agency codes
--   after_library  text      agency code of the last one of the page before; empty at first
--   after_no       integer   number of its record; 0 at first
--   after_field    text      its field; empty at first
--   after_target   text      its target; empty at first
--   most           integer   conflicts at most
--
-- Returns     library, record_no, person (pseudonym), patron_id, field, target, action, rule,
--             state, reason, registry_changed_at, cicero_changed_at (aware); ordered by library,
--             record_no, field, target
-- Repeatable  yes: reads only

select
    lib.library,
    found.record_no,
    left(encode(found.person_key, 'hex'), 10) as person,
    found.patron_id,
    found.field,
    found.target,
    found.action,
    found.rule,
    found.state,
    found.reason,
    found.registry_changed_at,
    found.cicero_changed_at
from (
    select
        part.library,
        case when part.library = %(after_library)s then %(after_no)s::integer else 0 end as after_no
    from patron_sync.run_library as part
    where part.run_id = %(run_id)s
        and part.library = any(%(libraries)s::text[])
) as lib
cross join lateral (
    select
        plan.record_no,
        plan.person_key,
        plan.patron_id,
        plan.field,
        plan.target,
        plan.action,
        plan.reason as rule,
        plan.state,
        plan.outcome_reason as reason,
        plan.registry_changed_at,
        plan.cicero_changed_at
    from patron_sync.plan as plan
    where plan.run_id = %(run_id)s
        and plan.library = lib.library
        and (plan.record_no, plan.field, plan.target)
        > (lib.after_no, %(after_field)s, %(after_target)s)
        and plan.is_conflict
    order by plan.record_no, plan.field, plan.target
    limit %(most)s
) as found
order by lib.library, found.record_no, found.field, found.target
limit %(most)s;
