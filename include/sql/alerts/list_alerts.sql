-- List what is wrong now.
--
-- Runs on     patron database, read-only
-- Used by     steps.alerts.keep_alerts
-- Spec        N4.2
--
-- Parameters  none
--
-- Returns     code, flow, library, item, level, cause, facts, since (aware); ordered by all of the
--             first four
-- Repeatable  yes: reads only

select
    alert.code,
    alert.flow,
    alert.library,
    alert.item,
    alert.level,
    alert.cause,
    alert.facts,
    alert.since
from patron_sync.alert as alert
order by alert.code, alert.flow, alert.library, alert.item;
