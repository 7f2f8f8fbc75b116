-- Write out all events, one a line, in the form in which their digests are computed.
--
-- Runs on     patron database, read-only
-- Used by     steps.verify_audit; by hand, docs/audit.md
-- Spec        X9
--
-- Parameters  none
--
-- Returns     lines of columns parted by tabs, the digest in hex digits last; ordered by event_no
-- Repeatable  yes: reads only
--
-- Does not use patron_sync.audit_text: who changes events could change that function too.

copy (
    select
        event.event_no,
        extract(epoch from event.at - timestamptz '1970-01-01 00:00:00+00') as at,
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
        encode(event.digest, 'hex') as digest
    from patron_sync.audit_event as event
    order by event.event_no
) to stdout with (format text, encoding 'UTF8');
