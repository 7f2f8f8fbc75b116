-- Forget the differences of an undo where both sides agree again.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.plan_changes, before drop_differences
-- Spec        X3, X7
--
-- Parameters
--   run_id  uuid   the run; its libraries that are about to be planned
--
-- Writes      deletes rows of patron_sync.difference: a base is only there when both agreed since,
--             or whose patron is gone
-- Repeatable  yes: the second call finds nothing

delete from patron_sync.difference as difference
using patron_sync.run_library as lib
where lib.run_id = %(run_id)s
    and lib.stage = 'assigned'
    and difference.library = lib.library
    and (
        exists (
            select from patron_sync.base as base
            where base.library = difference.library
                and base.person_key = difference.person_key
                and base.field = difference.field
        )
        or not exists (
            select from cicero.patron as patron
            where patron.library = difference.library
                and patron.person_key = difference.person_key
        )
    );
