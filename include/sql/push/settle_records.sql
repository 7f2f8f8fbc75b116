-- Write down what became of records that were sent.
--
-- Runs on     patron database, read-write, one transaction a batch
-- Used by     steps.apply_to_registry
-- Spec        X1, X5
--
-- Parameters
--   run_id      uuid        the run
--   library     text        agency code
--   record_nos  integer[]   records of the batch
--   fields      text[]      relation, card or pin
--   states      text[]      confirmed, failed or dropped
--   reasons     text[]      why, null for confirmed
--
-- Writes      patron_sync.plan
-- Repeatable  yes: only rows that wait for an answer are touched

update patron_sync.plan as plan
set
    state = settled.state,
    outcome_reason = settled.reason,
    settled_at = clock_timestamp()
from unnest(
    %(record_nos)s::integer[], %(fields)s::text[], %(states)s::text[], %(reasons)s::text[]
) as settled (record_no, field, state, reason)
where plan.run_id = %(run_id)s
    and plan.library = %(library)s
    and plan.target = 'registry'
    and plan.state in ('planned', 'sent')
    and plan.record_no = settled.record_no
    and plan.field = settled.field;
