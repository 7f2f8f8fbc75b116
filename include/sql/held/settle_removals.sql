-- Keep the relations whose removal a person has rejected.
--
-- Runs on     patron database, read-write, the transaction of the decision
-- Used by     steps.decide_held_changes, before drop_changes
-- Spec        X2, N3.7
--
-- Parameters
--   held_set_id  uuid   the set
--
-- Writes      cicero.deleted_patron: settled, so that no later push asks again; the national id
--             goes with it
-- Repeatable  yes: what is settled is not touched again

update cicero.deleted_patron as deleted
set
    settled_at = clock_timestamp(),
    national_id = null
from patron_sync.plan as plan
inner join patron_sync.staged_patron as staged
    on plan.run_id = staged.run_id
    and plan.library = staged.library
    and plan.record_no = staged.record_no
where plan.held_set_id = %(held_set_id)s
    and plan.state = 'held'
    and plan.action = 'remove'
    and deleted.deletion_id = staged.deletion_id
    and deleted.settled_at is null;
