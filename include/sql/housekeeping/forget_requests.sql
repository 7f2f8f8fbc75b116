-- Remove what people have asked of data syncs long ago.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.apply_retention
-- Spec        X10, D4.3
--
-- Parameters
--   keep_days  integer   days after a run was asked for
--
-- Writes      deletes rows of data_sync.request; that of a run which still has records stays,
--             because it says what the run is when Airflow goes through it once more
-- Repeatable  yes: the second call finds nothing

delete from data_sync.request as request
where request.asked_at < now() - make_interval(days => %(keep_days)s)
    and not exists (
        select from data_sync.run as run
        where run.run_id = request.run_id
            and run.records_gone_at is null
    );
