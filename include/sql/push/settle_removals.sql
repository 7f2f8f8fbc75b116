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
    select staged.deletion_id
    from patron_sync.plan as plan
    inner join patron_sync.staged_patron as staged
        on plan.run_id = staged.run_id
        and plan.library = staged.library
        and plan.record_no = staged.record_no
    where plan.run_id = %(run_id)s
        and plan.library = %(library)s
        and plan.action = 'remove'
        and (
            plan.state = 'confirmed'
            or plan.state = 'dropped'
            and plan.outcome_reason in ('CONSENT_WITHDRAWN', 'PATRON_DELETED', 'RECREATED')
        )
    union
    select verdict.deletion_id
    from patron_sync.verdict as verdict
    where verdict.run_id = %(run_id)s
        and verdict.library = %(library)s
) as done
where deleted.deletion_id = done.deletion_id
    and deleted.settled_at is null;
