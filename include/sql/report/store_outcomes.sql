-- Write down how many records of a run had which outcome.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.report_run
-- Spec        X4
--
-- Parameters
--   run_id      uuid        the run
--   libraries   text[]      agency codes, one for each count
--   outcomes    text[]      what became of the records
--   reasons     text[]      reason codes; empty where there is none
--   records     integer[]   how many
--   record_nos  text[]      the first 1000 of them, each list written as PostgreSQL writes an array
--
-- Writes      patron_sync.outcome
-- Repeatable  yes: the last count stays

insert into patron_sync.outcome as stored (
    run_id, library, outcome, reason, records, record_nos
)
select
    %(run_id)s,
    counted.library,
    counted.outcome,
    counted.reason,
    counted.records,
    counted.record_nos::integer[]
from unnest(
    %(libraries)s::text[], %(outcomes)s::text[], %(reasons)s::text[], %(records)s::integer[],
    %(record_nos)s::text[]
) as counted (library, outcome, reason, records, record_nos)
on conflict (run_id, library, outcome, reason) do update
    set
        records = excluded.records,
        record_nos = excluded.record_nos;
