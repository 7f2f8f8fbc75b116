-- Write down that a channel knows every alert as it is now.
--
-- Runs on     patron database, read-write, the transaction that tells
-- Used by     steps.alerts.tell_alerts
-- Spec        N4.2
--
-- Parameters
--   channel  text   who was told
--
-- Writes      rows of patron_sync.alert_told, one for each alert
-- Repeatable  no: what was told is forgotten before, in the same transaction

insert into patron_sync.alert_told (channel, code, flow, library, item, level, cause, facts, since)
select
    %(channel)s as channel,
    alert.code,
    alert.flow,
    alert.library,
    alert.item,
    alert.level,
    alert.cause,
    alert.facts,
    alert.since
from patron_sync.alert as alert;
