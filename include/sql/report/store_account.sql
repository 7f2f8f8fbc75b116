-- Write down what the libraries of a run came to, in place of an earlier account.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.report_run
-- Spec        X4
--
-- Parameters
--   run_id     uuid        the run
--   libraries  text[]      agency codes
--   writes     integer[]   changes confirmed, in the order of the libraries
--   conflicts  integer[]   changes of values that both sides had changed, likewise
--
-- Writes      patron_sync.account; what was off is forgotten until it is checked again
-- Repeatable  yes: the last account stays

insert into patron_sync.account as account (run_id, library, stage, writes, conflicts)
select
    lib.run_id,
    lib.library,
    lib.stage,
    counted.writes,
    counted.conflicts
from unnest(%(libraries)s::text[], %(writes)s::integer[], %(conflicts)s::integer[])
    as counted (library, writes, conflicts)
inner join patron_sync.run_library as lib
    on counted.library = lib.library
    and lib.run_id = %(run_id)s
on conflict (run_id, library) do update
    set
        stage = excluded.stage,
        writes = excluded.writes,
        conflicts = excluded.conflicts,
        mismatches = '[]',
        taken_at = clock_timestamp();
