-- Remove the events before a time, and leave a chain that can be verified.
--
-- Runs on     patron database, read-write, one transaction
-- Used by     ledger.audit_trail.AuditTrail.trim
-- Spec        X9
--
-- Parameters
--   before  timestamptz   events before this time go
--   actor   text          who asked for it
--
-- Returns     removed, the number of events
-- Repeatable  yes: the second call finds nothing that old, and appends nothing

select patron_sync.trim_audit(%(before)s, %(actor)s) as removed;
