-- Close the open sets of which nothing waits any more.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.guard_changes
-- Spec        X2
--
-- Parameters  none
--
-- Writes      patron_sync.held_set
-- Repeatable  yes: the second call finds nothing

update patron_sync.held_set as held
set state = 'superseded'
where held.state = 'open'
    and not exists (
        select from patron_sync.plan as plan
        where plan.run_id = held.run_id
            and plan.held_set_id = held.held_set_id
            and plan.state = 'held'
    );
