-- Write down who decided what about a set of held changes.
--
-- Runs on     patron database, read-write, the transaction of the decision
-- Used by     steps.decide_held_changes
-- Spec        X2
--
-- Parameters
--   held_set_id  uuid   the set
--   state        text   approved, rejected, applied
--   decided_by   text   who; null keeps what stands there
--   reason       text   why; null keeps what stands there
--
-- Writes      patron_sync.held_set
-- Repeatable  yes: the time of the first decision stays

update patron_sync.held_set
set
    state = %(state)s,
    decided_at = coalesce(decided_at, clock_timestamp()),
    decided_by = coalesce(%(decided_by)s::text, decided_by),
    decision_reason = coalesce(%(reason)s::text, decision_reason)
where held_set_id = %(held_set_id)s;
