-- Take out of a plan the values that an undo has taken back and that nobody has changed since.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.plan_changes, after the statements that plan
-- Spec        X3, X7
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      deletes rows of patron_sync.plan: such a value is no news, as one that equals its
--             base. A record that is created in the registry anew takes all its values along
-- Repeatable  yes: libraries that have moved on are not touched

delete from patron_sync.plan as plan
using patron_sync.run_library as lib, patron_sync.difference as difference
where plan.run_id = %(run_id)s
    and lib.run_id = plan.run_id
    and lib.library = plan.library
    and lib.stage = 'assigned'
    and plan.state = 'planned'
    and difference.library = plan.library
    and difference.person_key = plan.person_key
    and difference.field = plan.field
    and (
        plan.target = 'cicero'
        and plan.value_fingerprint = difference.registry_fingerprint
        or plan.target = 'registry'
        and plan.action = 'update'
        and plan.value_fingerprint = difference.cicero_fingerprint
    );
