-- List where the state of an alert differs from what a channel was last told.
--
-- Runs on     patron database, read-only, the transaction that tells
-- Used by     steps.alerts.tell_alerts
-- Spec        N4.2
--
-- Parameters
--   channel  text   who is to be told
--
-- Returns     code, flow, library, item, level, cause, facts, since (aware) as they are now, or
--             were when is_over; is_over; ordered by is_over and the first four
-- Repeatable  yes: reads only

select
    coalesce(alert.code, told.code) as code,
    coalesce(alert.flow, told.flow) as flow,
    coalesce(alert.library, told.library) as library,
    coalesce(alert.item, told.item) as item,
    coalesce(alert.level, told.level) as level,
    coalesce(alert.cause, told.cause) as cause,
    coalesce(alert.facts, told.facts) as facts,
    coalesce(alert.since, told.since) as since,
    alert.code is null as is_over
from patron_sync.alert as alert
full join (
    select
        told.code,
        told.flow,
        told.library,
        told.item,
        told.level,
        told.cause,
        told.facts,
        told.since
    from patron_sync.alert_told as told
    where told.channel = %(channel)s
) as told
    on alert.code = told.code
    and alert.flow = told.flow
    and alert.library = told.library
    and alert.item = told.item
where alert.level is distinct from told.level
    or alert.cause is distinct from told.cause
order by is_over, code, flow, library, item;
