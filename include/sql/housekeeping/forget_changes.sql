-- Remove a batch of the changes of Cicero that every push has read.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.apply_retention, again until nothing is left
-- Spec        X10, N1.5
--
-- Parameters
--   keep_days   integer   days after the change
--   batch_size  integer   rows at most
--
-- Writes      deletes rows of cicero.change. One at or after the library's watermark is still to be
--             read and stays; a library without a watermark reads everything anyway
-- Repeatable  yes: each call takes the next batch

delete from cicero.change as change
where change.change_id = any(array(
    select batch.change_id
    from (
        select old.change_id
        from cicero.change as old
        where old.changed_at < now() - make_interval(days => %(keep_days)s)
            and not exists (
                select from patron_sync.watermark as mark
                where mark.flow = 'push'
                    and mark.library = old.library
                    and mark.cicero_xid <= old.xid
            )
        order by old.change_id
        limit %(batch_size)s
    ) as batch
));
