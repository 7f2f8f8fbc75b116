-- Let approved changes be carried out, and drop those whose ground has gone.
--
-- Runs on     patron database, read-write, the transaction that holds the right to write
-- Used by     steps.apply_held_changes
-- Spec        X2
--
-- Parameters
--   held_set_id  uuid        the set
--   record_nos   integer[]   records whose data moved since; the others are released
--
-- Writes      patron_sync.plan: held rows, and those released before, become planned or dropped
-- Repeatable  yes: what is released stays so unless its data has moved meanwhile

update patron_sync.plan as plan
set
    state = case when plan.record_no = any(%(record_nos)s) then 'dropped' else 'planned' end,
    outcome_reason = case
        when plan.record_no = any(%(record_nos)s) then 'CHANGED_SINCE_PLAN'
    end,
    settled_at = case when plan.record_no = any(%(record_nos)s) then clock_timestamp() end
where plan.held_set_id = %(held_set_id)s
    and plan.state in ('held', 'planned');
