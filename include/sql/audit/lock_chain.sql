-- Wait until no other transaction appends to the audit trail, and keep others waiting.
--
-- Runs on     patron database, read-write, the transaction of the append, before it
-- Used by     ledger.audit_trail.AuditTrail
-- Spec        X9
--
-- Parameters  none
--
-- Returns     nothing of use
-- Repeatable  yes: a transaction may take the lock again; its end gives it back
--
-- A statement of its own: the append after it then sees what the holder before has committed.

select patron_sync.lock_audit() as locked;
