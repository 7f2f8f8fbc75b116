-- Close the removals of a library that were confirmed or turned out needless.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.apply_to_registry
-- Spec        N3.7
--
-- Parameters
--   run_id   uuid   the run
--   library  text   agency code
--
-- Writes      cicero.deleted_patron: settled, the national id erased
-- Repeatable  yes: a settled removal is not touched again

update cicero.deleted_patron as deleted
set
    settled_at = clock_timestamp(),
    national_id = null
from (
    select plan.patron_id
    from patron_sync.plan as plan
    where plan.run_id = %(run_id)s
        and plan.library = %(library)s
        and plan.action = 'remove'
        and plan.state in ('confirmed', 'dropped')
    union
    select verdict.patron_id
    from patron_sync.verdict as verdict
    where verdict.run_id = %(run_id)s
        and verdict.library = %(library)s
        and verdict.is_removal
) as done
where deleted.patron_id = done.patron_id
    and deleted.settled_at is null;
