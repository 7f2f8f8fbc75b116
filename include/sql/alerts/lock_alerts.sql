-- Let one process at a time change alerts and tell of them.
--
-- Runs on     patron database, until the end of the transaction
-- Used by     steps.alerts.keep_alerts, steps.alerts.tell_alerts
-- Spec        N4.2
--
-- Parameters  none
--
-- Returns     one row; it waits for the other process
-- Repeatable  yes: a transaction that has the lock gets it again

select pg_advisory_xact_lock(hashtextextended('patron_sync.alert', 0));
