-- Ask again about a set of which something was replaced or dropped.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.apply_held_changes, steps.erase_person, desk.withdraw_consent
-- Spec        X2
--
-- Parameters
--   held_set_id  uuid   the set
--
-- Writes      patron_sync.held_set: open, with number and digest of what waits now; superseded if
--             nothing does
-- Repeatable  yes: the second call writes the same

update patron_sync.held_set as held
set
    state = case when waiting.changes > 0 then 'open' else 'superseded' end,
    digest = patron_sync.held_digest(held.held_set_id),
    changes = greatest(waiting.changes, 1),
    decided_at = null,
    decided_by = null,
    decision_reason = null
from (
    select count(*) as changes
    from patron_sync.plan as plan
    where plan.held_set_id = %(held_set_id)s
        and plan.state = 'held'
) as waiting
where held.held_set_id = %(held_set_id)s;
