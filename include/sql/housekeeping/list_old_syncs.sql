-- List the runs of data syncs of which something is older than it may stay.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.forget_syncs
-- Spec        X10
--
-- Parameters
--   staging_days  integer   days after the end of a run, for what it staged
--   journal_days  integer   the same, for the values that it wrote and replaced
--   ledger_days   integer   the same, for its records
--
-- Returns     run_id, name, version, part (records, staging or values); the oldest run first. A run
--             that goes on or holds changes is left out, however old
-- Repeatable  yes: reads only

select
    run.run_id,
    run.name,
    run.version,
    old.part
from data_sync.run as run
cross join lateral (
    values
    ('records', %(ledger_days)s::integer, run.records_gone_at),
    ('staging', %(staging_days)s::integer, run.staging_gone_at),
    ('values', %(journal_days)s::integer, run.values_gone_at)
) as old (part, keep_days, gone_at)
where run.state in ('succeeded', 'failed')
    and old.gone_at is null
    and run.finished_at < now() - make_interval(days => old.keep_days)
order by run.finished_at, run.run_id, old.part;
