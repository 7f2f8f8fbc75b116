-- Forget what was agreed about persons whose relation to a library has been removed.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.apply_to_registry
-- Spec        N3.7
--
-- Parameters
--   run_id   uuid   the run
--   library  text   agency code
--
-- Writes      deletes rows of patron_sync.base
-- Repeatable  yes: the second call finds nothing

delete from patron_sync.base as base
using patron_sync.plan as plan
where plan.run_id = %(run_id)s
    and plan.library = %(library)s
    and plan.action = 'remove'
    and plan.state = 'confirmed'
    and base.library = plan.library
    and base.person_key = plan.person_key
    and (base.field = 'relation' or not exists (
        select from cicero.patron as again
        where again.library = plan.library
            and again.person_key = plan.person_key
    ));
