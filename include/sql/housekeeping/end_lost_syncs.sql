-- End the runs of data syncs whose process must have died long ago.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.data_sync.forget_syncs
-- Spec        X10
--
-- Parameters
--   keep_days  integer   days after the beginning of a run, or the decision on what it held
--   detail     text      a sentence for the row of the run
--
-- Writes      data_sync.run: what never ends would never be removed
-- Returns     run_id, name, version of each
-- Repeatable  yes: the second call finds nothing

update data_sync.run
set
    state = 'failed',
    failure_code = 'NEVER_ENDED',
    failure_detail = %(detail)s,
    finished_at = clock_timestamp()
where state = 'running'
    and greatest(started_at, decided_at) < now() - make_interval(days => %(keep_days)s)
returning run_id, name, version;
