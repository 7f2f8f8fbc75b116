-- Append events that the caller describes: decisions of a step, or the act of a person.
--
-- Runs on     patron database, read-write, one transaction, after audit/lock_chain
-- Used by     ledger.audit_trail.AuditTrail
-- Spec        X9
--
-- Parameters
--   events  jsonb   array of objects with the names of the columns, in their order
--
-- Writes      patron_sync.audit_event
-- Repeatable  no: a second call appends the same again

with head as materialized (
    select
        last.event_no,
        last.digest,
        clock_timestamp() as at
    from patron_sync.audit_head() as last
),

event as (
    select
        head.event_no + entry.place as event_no,
        head.digest as before,
        head.at,
        entry.content ->> 'kind' as kind,
        entry.content ->> 'flow' as flow,
        entry.content ->> 'library' as library,
        (entry.content ->> 'run_id')::uuid as run_id,
        entry.content ->> 'plan_id' as plan_id,
        entry.content ->> 'step' as step,
        entry.content ->> 'target' as target,
        entry.content ->> 'field' as field,
        entry.content ->> 'action' as action,
        entry.content ->> 'rule' as rule,
        entry.content ->> 'state' as state,
        entry.content ->> 'reason' as reason,
        entry.content ->> 'person' as person,
        entry.content ->> 'actor' as actor,
        entry.content -> 'detail' as detail
    from jsonb_array_elements(%(events)s::jsonb) with ordinality as entry (content, place)
    cross join head
)

insert into patron_sync.audit_event (
    event_no, at, kind, flow, library, run_id, plan_id, step, target, field, action, rule, state,
    reason, person, actor, detail, digest
)
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
    event.detail,
    patron_sync.audit_digest(
        convert_to(patron_sync.audit_text(
            patron_sync.audit_origin(
                event.at, event.kind, event.flow, event.library, event.run_id, event.plan_id,
                event.step
            ),
            event.target, event.field, event.action, event.rule, event.state, event.reason,
            event.person, event.actor, event.detail
        ), 'UTF8'),
        event.before
    ) over (order by event.event_no rows unbounded preceding)
from event;
