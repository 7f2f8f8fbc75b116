-- Remove a batch of what became of taking back old runs.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.apply_retention, again until nothing is left
-- Spec        X7, X10
--
-- Parameters
--   keep_days   integer   days after the beginning of the run that was taken back
--   batch_size  integer   rows at most
--
-- Writes      deletes rows of patron_sync.undo_change; differences stay until both sides agree
-- Repeatable  yes: each call takes the next batch

delete from patron_sync.undo_change as change
where change.ctid = any(array(
    select batch.ctid
    from (
        select old.ctid
        from patron_sync.run as run
        inner join patron_sync.undo_change as old on run.run_id = old.run_id
        where run.started_at < now() - make_interval(days => %(keep_days)s)
        order by old.run_id, old.library, old.record_no
        limit %(batch_size)s
    ) as batch
));
