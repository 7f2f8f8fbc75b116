-- Remove a batch of the plans of old runs.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.apply_retention, again until nothing is left
-- Spec        X10
--
-- Parameters
--   keep_days   integer   days after the beginning of a run
--   batch_size  integer   rows at most
--
-- Writes      deletes rows of patron_sync.plan; what is held waits for a decision and stays, and so
--             does what a run under way has yet to write
-- Repeatable  yes: each call takes the next batch

delete from patron_sync.plan as plan
where plan.ctid = any(array(
    select batch.ctid
    from (
        select old.ctid
        from patron_sync.run as run
        inner join patron_sync.plan as old on run.run_id = old.run_id
        where run.started_at < now() - make_interval(days => %(keep_days)s)
            and old.state <> 'held'
            and (old.state in ('confirmed', 'failed', 'dropped') or run.state <> 'running')
        order by old.run_id, old.library, old.record_no
        limit %(batch_size)s
    ) as batch
));
