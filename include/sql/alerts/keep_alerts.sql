-- Write down what is wrong now; what was wrong before keeps its beginning.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.alerts.keep_alerts
-- Spec        N4.2
--
-- Parameters
--   alerts  jsonb   list of code, flow, library, item, level, cause, facts
--
-- Writes      rows of patron_sync.alert
-- Repeatable  yes: the second call writes the same

insert into patron_sync.alert as alert (code, flow, library, item, level, cause, facts)
select
    found.code,
    found.flow,
    found.library,
    found.item,
    found.level,
    found.cause,
    found.facts
from jsonb_to_recordset(%(alerts)s::jsonb) as found (
    code text, flow text, library text, item text, level text, cause text, facts jsonb
)
on conflict (code, flow, library, item) do update
    set
        level = excluded.level,
        cause = excluded.cause,
        facts = excluded.facts;
