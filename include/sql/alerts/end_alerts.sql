-- Remove what is not wrong any more.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.alerts.keep_alerts
-- Spec        N4.2
--
-- Parameters
--   codes   text[]   codes that were looked for; alerts of others stay
--   alerts  jsonb    list of what was found: code, flow, library, item
--
-- Writes      removes rows of patron_sync.alert
-- Repeatable  yes: the second call finds none

delete from patron_sync.alert as alert
where alert.code = any(%(codes)s)
    and not exists (
        select
        from jsonb_to_recordset(%(alerts)s::jsonb) as found (
            code text, flow text, library text, item text
        )
        where found.code = alert.code
            and found.flow = alert.flow
            and found.library = alert.library
            and found.item = alert.item
    );
