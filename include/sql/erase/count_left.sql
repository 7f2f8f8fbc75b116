-- Count what an erasure must leave for now: removals that are not done, and runs under way.
--
-- Runs on     patron database, read-only
-- Used by     steps.erase_person
-- Spec        X10, N3.7
--
-- Parameters
--   patron_ids   bigint[]   the person's patrons
--   person_keys  bytea[]    the person's keys
--
-- Returns     one row: open_removals (of relations, with the national id where there was consent),
--             running (runs, also of data syncs, that may write new traces)
-- Repeatable  yes: reads only

select
    (
        select count(*)
        from cicero.deleted_patron as deleted
        where deleted.settled_at is null
            and (
                deleted.patron_id = any(%(patron_ids)s)
                or deleted.person_key = any(%(person_keys)s)
            )
    ) as open_removals,
    (
        select count(*)
        from patron_sync.run as run
        where run.state = 'running'
            and run.started_at > now() - interval '1 day'
    ) + (
        select count(*)
        from data_sync.run as run
        where run.state = 'running'
    ) as running;
