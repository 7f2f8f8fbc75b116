-- Hold changes of a kind that are more than its limit allows.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.guard_plan
-- Spec        X2
--
-- Parameters
--   run_id  uuid  the run
--   action  text  create or update; null for every action
--   field   text  only changes that clear this field; null for all
--
-- Writes      data_sync.plan
-- Repeatable  yes: what is held stays held

update data_sync.plan
set state = 'held', reason = 'LIMIT_EXCEEDED'
where run_id = %(run_id)s
    and state = 'planned'
    and (%(action)s::text is null or action = %(action)s)
    and (%(field)s::text is null or %(field)s = any(cleared));
