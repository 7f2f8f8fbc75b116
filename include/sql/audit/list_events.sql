-- List the newest events of the audit trail.
--
-- Runs on     patron database, read-only
-- Used by     steps.list_audit
-- Spec        X9
--
-- Parameters
--   run_id   uuid      only of this run, or null
--   library  text      only of this library, or null
--   count    integer   how many
--
-- Returns     event_no, at (aware), kind, flow, library, run_id, plan_id, step, target, field,
--             action, rule, state, reason, person, actor, detail; the newest first
-- Repeatable  yes: reads only

select
    event.event_no,
    event.at,
    event.kind,
    event.flow,
    event.library,
    event.run_id,
    event.plan_id,
    event.step,
    event.target,
    event.field,
    event.action,
    event.rule,
    event.state,
    event.reason,
    event.person,
    event.actor,
    event.detail
from patron_sync.audit_event as event
where (%(run_id)s::uuid is null or event.run_id = %(run_id)s::uuid)
    and (%(library)s::text is null or event.library = %(library)s::text)
order by event.event_no desc
limit %(count)s;
