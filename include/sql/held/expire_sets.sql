-- Close the sets on which nobody decided in time.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.decide_held_changes
-- Spec        X2
--
-- Parameters  none
--
-- Writes      patron_sync.held_set
-- Returns     held_set_id, run_id, library, kind, changes of each
-- Repeatable  yes: the second call finds nothing

update patron_sync.held_set
set
    state = 'expired',
    decided_at = clock_timestamp(),
    decided_by = 'expiry'
where state = 'open'
    and expires_at < clock_timestamp()
returning held_set_id, run_id, library, kind, changes;
