-- Write down a set of held changes with the digest of what is in it.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.guard_changes, after its rows are held
-- Spec        X2
--
-- Parameters
--   held_set_id  uuid      the set
--   run_id       uuid      the run
--   library      text      agency code
--   kind         text      kind of change, or conflicts
--   allowed      integer   how many would have gone through
--   population   integer   consenting patrons of the library
--   expire_days  integer   how long it waits
--
-- Writes      patron_sync.held_set
-- Repeatable  yes: a run has one set of a kind at a library

insert into patron_sync.held_set (
    held_set_id, run_id, library, kind, digest, changes, allowed, population, asked_by, expires_at
)
select
    %(held_set_id)s,
    run.run_id,
    %(library)s,
    %(kind)s,
    patron_sync.held_digest(%(held_set_id)s),
    (
        select count(*) from patron_sync.plan as plan
        where plan.run_id = run.run_id
            and plan.held_set_id = %(held_set_id)s
    ),
    %(allowed)s,
    %(population)s,
    run.asked_by,
    clock_timestamp() + make_interval(days => %(expire_days)s)
from patron_sync.run as run
where run.run_id = %(run_id)s
on conflict (run_id, library, kind) do nothing;
