-- Find a patron of whom only the ledger knows: deleted and settled, or never with a national id.
--
-- Runs on     patron database, read-only
-- Used by     steps.explain_patron
-- Spec        X6
--
-- Parameters
--   patron_id  bigint   Cicero's number of the patron
--
-- Returns     patron_id, library, person_key, is_asked_for, is_here, deleted_at, as find_patrons;
--             ordered by library
-- Repeatable  yes: reads only

select
    trace.patron_id,
    trace.library,
    (array_agg(trace.person_key) filter (where trace.person_key is not null))[1] as person_key,
    true as is_asked_for,
    false as is_here,
    null::timestamptz as deleted_at
from (
    select
        plan.patron_id,
        plan.library,
        plan.person_key
    from patron_sync.plan as plan
    where plan.patron_id = %(patron_id)s::bigint
    union all
    select
        verdict.patron_id,
        verdict.library,
        verdict.person_key
    from patron_sync.verdict as verdict
    where verdict.patron_id = %(patron_id)s::bigint
) as trace
group by trace.patron_id, trace.library
order by trace.library;
