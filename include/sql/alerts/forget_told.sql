-- Forget what a channel was told, to write down anew what it knows.
--
-- Runs on     patron database, read-write, the transaction that tells
-- Used by     steps.alerts.tell_alerts
-- Spec        N4.2
--
-- Parameters
--   channel  text   who was told
--
-- Writes      removes rows of patron_sync.alert_told
-- Repeatable  yes: the second call finds none

delete from patron_sync.alert_told as told
where told.channel = %(channel)s;
