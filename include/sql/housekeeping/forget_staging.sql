-- Remove a batch of staged records of runs that began longer ago than values may stay.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.apply_retention, again until nothing is left
-- Spec        X10
--
-- Parameters
--   keep_days   integer   days after the beginning of a run
--   batch_size  integer   rows at most
--
-- Writes      deletes rows of patron_sync.staged_patron; records with a held change stay, because
--             its values are sent when it is approved
-- Repeatable  yes: each call takes the next batch

delete from patron_sync.staged_patron as staged
where staged.ctid = any(array(
    select batch.ctid
    from (
        select old.ctid
        from patron_sync.run as run
        inner join patron_sync.staged_patron as old on run.run_id = old.run_id
        where run.started_at < now() - make_interval(days => %(keep_days)s)
            and not exists (
                select from patron_sync.plan as plan
                where plan.run_id = old.run_id
                    and plan.library = old.library
                    and plan.record_no = old.record_no
                    and (
                        plan.state = 'held'
                        or plan.held_set_id is not null and plan.state in ('planned', 'sent')
                    )
            )
        order by old.run_id, old.library, old.record_no
        limit %(batch_size)s
    ) as batch
));
