-- Leave an empty verdict in the place of each record of a person that no step has taken out.
--
-- Runs on     patron database, read-write, the transaction of the erasure, before it
-- Used by     steps.erase_person
-- Spec        X10, X4
--
-- Parameters
--   patron_ids   bigint[]   the person's patrons
--   person_keys  bytea[]    the person's keys
--
-- Writes      patron_sync.verdict: a record that counts, of nobody, so that a run adds up
-- Repeatable  yes: a verdict that is there is left as it is

insert into patron_sync.verdict (run_id, library, record_no, step, outcome, reason)
select
    record.run_id,
    record.library,
    record.record_no,
    'erase',
    'left_out',
    'ERASED'
from (
    select
        staged.run_id,
        staged.library,
        staged.record_no
    from patron_sync.staged_patron as staged
    where staged.patron_id = any(%(patron_ids)s)
        or staged.person_key = any(%(person_keys)s)
    union
    select
        plan.run_id,
        plan.library,
        plan.record_no
    from patron_sync.plan as plan
    where plan.patron_id = any(%(patron_ids)s)
        or plan.person_key = any(%(person_keys)s)
) as record
on conflict (run_id, library, record_no) do nothing;
