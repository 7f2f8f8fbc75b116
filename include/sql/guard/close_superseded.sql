-- Ask anew about open sets of which newer plans replaced some changes, and close those without any.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.guard_changes, after supersede_held
-- Spec        X2
--
-- Parameters  none
--
-- Writes      patron_sync.held_set: superseded where nothing waits; else number and digest of what
--             waits now, which alone can be approved
-- Repeatable  yes: the second call finds nothing

update patron_sync.held_set as held
set
    state = case when waiting.changes > 0 then 'open' else 'superseded' end,
    digest = patron_sync.held_digest(held.held_set_id),
    changes = greatest(waiting.changes, 1)
from (
    select
        asked.held_set_id,
        (
            select count(*)
            from patron_sync.plan as plan
            where plan.held_set_id = asked.held_set_id
                and plan.state = 'held'
        ) as changes
    from patron_sync.held_set as asked
    where asked.state = 'open'
) as waiting
where held.held_set_id = waiting.held_set_id
    and held.state = 'open'
    and held.changes <> waiting.changes;
