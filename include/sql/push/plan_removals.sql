-- Plan which relations a push removes because the patron was deleted.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.plan_changes
-- Spec        N3.7
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      patron_sync.plan, field relation
-- Repeatable  yes: libraries that have moved on are not touched

insert into patron_sync.plan (
    run_id, library, record_no, field, target, patron_id, person_key, action, reason
)
select
    staged.run_id,
    staged.library,
    staged.record_no,
    'relation',
    'registry',
    staged.patron_id,
    staged.person_key,
    'remove',
    'PATRON_DELETED'
from patron_sync.staged_patron as staged
inner join patron_sync.run_library as lib
    on staged.run_id = lib.run_id
    and staged.library = lib.library
where staged.run_id = %(run_id)s
    and lib.stage = 'assigned'
    and staged.is_removal;
