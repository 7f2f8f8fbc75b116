-- Remove one alert.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.alerts.keep_alerts
-- Spec        N4.2
--
-- Parameters
--   code  text   its code
--   item  text   what it is about
--
-- Writes      removes at most one row of patron_sync.alert
-- Repeatable  yes: the second call finds none

delete from patron_sync.alert as alert
where alert.code = %(code)s
    and alert.item = %(item)s;
