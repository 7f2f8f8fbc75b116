-- Write down how a run ended.
--
-- Runs on     patron database, read-write
-- Used by     steps.close_run
-- Spec        N4.2
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      one row of patron_sync.run
-- Repeatable  yes: the state follows from the libraries' rows

update patron_sync.run
set
    finished_at = clock_timestamp(),
    state = case
        when exists (
            select from patron_sync.run_library as lib
            where lib.run_id = %(run_id)s
                and (
                    lib.failure_code is not null
                    or lib.stage not in ('done', 'disabled')
                    and not (run.is_dry_run and lib.stage = 'planned')
                )
        ) or exists (
            select from patron_sync.plan as plan
            where plan.run_id = %(run_id)s
                and plan.outcome_reason = 'SEQUENCE_EXHAUSTED'
        ) then 'failed'
        else 'succeeded'
    end
where run_id = %(run_id)s;
