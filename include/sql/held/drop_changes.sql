-- Drop what still waits in a set.
--
-- Runs on     patron database, read-write, the transaction of the decision
-- Used by     steps.decide_held_changes
-- Spec        X2
--
-- Parameters
--   held_set_id  uuid   the set
--   reason       text   REJECTED or EXPIRED
--
-- Writes      patron_sync.plan
-- Repeatable  yes: what is dropped is not held any more

update patron_sync.plan
set
    state = 'dropped',
    outcome_reason = %(reason)s,
    settled_at = clock_timestamp()
where held_set_id = %(held_set_id)s
    and state = 'held';
