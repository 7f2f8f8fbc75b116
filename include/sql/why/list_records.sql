-- List the records of some patrons in some runs: where each stands.
--
-- Runs on     patron database, read-only
-- Used by     steps.explain_patron, steps.rehearse_patron
-- Spec        X6
--
-- Parameters
--   run_ids     uuid[]     the runs
--   patron_ids  bigint[]   the patrons
--
-- Returns     run_id, library, record_no, patron_id, step (which took the record out; null if none
--             did), is_staged (passed every step so far), is_removal (the relation of a patron who
--             was deleted), registry_state (what a look-up found); ordered by run, library, record
-- Repeatable  yes: reads only

with record as (
    select
        verdict.run_id,
        verdict.library,
        verdict.record_no,
        verdict.patron_id
    from patron_sync.verdict as verdict
    where verdict.patron_id = any(%(patron_ids)s::bigint[])
        and verdict.run_id = any(%(run_ids)s)
    union
    select
        staged.run_id,
        staged.library,
        staged.record_no,
        staged.patron_id
    from patron_sync.staged_patron as staged
    where staged.patron_id = any(%(patron_ids)s::bigint[])
        and staged.run_id = any(%(run_ids)s)
    union
    select
        plan.run_id,
        plan.library,
        plan.record_no,
        plan.patron_id
    from patron_sync.plan as plan
    where plan.patron_id = any(%(patron_ids)s::bigint[])
        and plan.run_id = any(%(run_ids)s)
)

select
    record.run_id,
    record.library,
    record.record_no,
    record.patron_id,
    verdict.step,
    staged.record_no is not null as is_staged,
    coalesce(staged.is_removal, verdict.deletion_id is not null) as is_removal,
    staged.registry_state
from record
left join patron_sync.staged_patron as staged
    on record.run_id = staged.run_id
    and record.library = staged.library
    and record.record_no = staged.record_no
left join patron_sync.verdict as verdict
    on record.run_id = verdict.run_id
    and record.library = verdict.library
    and record.record_no = verdict.record_no
order by record.run_id, record.library, record.record_no;
