-- Take the patrons of a library that changed in Cicero into the staging area of a push.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.stage_cicero_changes, steps.rehearse_patron
-- Spec        N1.2, N1.5, N3.7, X5
--
-- Parameters
--   run_id      uuid       the run
--   library     text       agency code
--   patron_ids  bigint[]   only these patrons, or null for all
--
-- Writes      patron_sync.staged_patron: changed, pending and deleted patrons, without values
-- Repeatable  yes: the step removes the run's own rows of the library first

with lib as (
    select
        run_library.run_id,
        run_library.library,
        run_library.since_xid,
        run_library.until_xid
    from patron_sync.run_library
    where run_library.run_id = %(run_id)s
        and run_library.library = %(library)s
),

due as (
    select change.patron_id
    from lib
    inner join cicero.change as change
        on lib.library = change.library
        and lib.since_xid <= change.xid
        and lib.until_xid > change.xid
    where %(patron_ids)s::bigint[] is null
        or change.patron_id = any(%(patron_ids)s::bigint[])
    union
    select pending.patron_id
    from lib
    inner join patron_sync.pending as pending
        on lib.library = pending.library
        and pending.flow = 'push'
        and not pending.waits
    where %(patron_ids)s::bigint[] is null
        or pending.patron_id = any(%(patron_ids)s::bigint[])
    union
    select patron.patron_id
    from lib
    inner join cicero.patron as patron on lib.library = patron.library
    where lib.since_xid is null
        and (
            %(patron_ids)s::bigint[] is null
            or patron.patron_id = any(%(patron_ids)s::bigint[])
        )
),

record as (
    select
        patron.patron_id,
        patron.person_key,
        null::bigint as deletion_id
    from due
    inner join cicero.patron as patron on due.patron_id = patron.patron_id
    union all
    select
        deleted.patron_id,
        deleted.person_key,
        deleted.deletion_id
    from lib
    inner join cicero.deleted_patron as deleted
        on lib.library = deleted.library
        and deleted.settled_at is null
    where %(patron_ids)s::bigint[] is null
        or deleted.patron_id = any(%(patron_ids)s::bigint[])
)

insert into patron_sync.staged_patron (
    run_id, library, record_no, patron_id, person_key, deletion_id
)
select
    lib.run_id,
    lib.library,
    -- Removals come first, so that a number that was someone else's is free for its patron.
    row_number() over (order by record.deletion_id nulls last, record.patron_id),
    record.patron_id,
    record.person_key,
    record.deletion_id
from record
cross join lib;
