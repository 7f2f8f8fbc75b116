-- Remove a batch of the journal that is older than a run can be undone.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.apply_retention, again until nothing is left
-- Spec        X7, X10
--
-- Parameters
--   keep_days   integer   days after the write
--   batch_size  integer   rows at most
--
-- Writes      deletes rows of patron_sync.journal
-- Repeatable  yes: each call takes the next batch

delete from patron_sync.journal as journal
where journal.ctid = any(array(
    select batch.ctid
    from (
        select old.ctid
        from patron_sync.journal as old
        where old.written_at < now() - make_interval(days => %(keep_days)s)
        order by old.ctid
        limit %(batch_size)s
    ) as batch
));
