-- Remove deletions that were settled long ago.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.apply_retention, again until nothing is left
-- Spec        X10, N3.7
--
-- Parameters
--   keep_days   integer   days after the removal was settled
--   batch_size  integer   rows at most
--
-- Writes      deletes rows of cicero.deleted_patron; open removals stay
-- Repeatable  yes: each call takes the next batch

delete from cicero.deleted_patron as deleted
where deleted.deletion_id = any(array(
    select batch.deletion_id
    from (
        select old.deletion_id
        from cicero.deleted_patron as old
        where old.settled_at < now() - make_interval(days => %(keep_days)s)
        order by old.deletion_id
        limit %(batch_size)s
    ) as batch
));
