-- Read the last event, and what stands where the last signed head stood.
--
-- Runs on     patron database, read-only
-- Used by     steps.sign_audit
-- Spec        X9
--
-- Parameters
--   signed_no  bigint   number of the event that was signed last, or 0
--
-- Returns     event_no and digest of the last event (0 and zero bytes if there is none);
--             signed_digest (null if there is no such event), trimmed_up_to
-- Repeatable  yes: reads only

select
    head.event_no,
    head.digest,
    (
        select event.digest
        from patron_sync.audit_event as event
        where event.event_no = %(signed_no)s
    ) as signed_digest,
    (
        select coalesce(max((event.detail ->> 'up_to')::bigint), 0)
        from patron_sync.audit_event as event
        where event.kind = 'trim'
    ) as trimmed_up_to
from patron_sync.audit_head() as head;
