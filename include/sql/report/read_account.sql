-- Read the stored account of a run.
--
-- Runs on     patron database, read-only
-- Used by     steps.report_run, steps.close_run
-- Spec        X4
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     library, writes, conflicts, mismatches (list of number, expected, found), outcomes
--             (list of outcome, reason, records), is_current (the library stands where it did when
--             the account was taken), is_final (and that is the end of its run); ordered by library
-- Repeatable  yes: reads only

select
    account.library,
    account.writes,
    account.conflicts,
    account.mismatches,
    (
        select
            coalesce(jsonb_agg(jsonb_build_object(
                'outcome', outcome.outcome, 'reason', outcome.reason, 'records', outcome.records
            ) order by outcome.outcome, outcome.reason), '[]')
        from patron_sync.outcome as outcome
        where outcome.run_id = account.run_id
            and outcome.library = account.library
    ) as outcomes,
    account.stage = lib.stage as is_current,
    account.stage = lib.stage
    and (lib.stage in ('done', 'disabled') or run.is_dry_run and lib.stage = 'guarded') as is_final
from patron_sync.account as account
inner join patron_sync.run_library as lib
    on account.run_id = lib.run_id
    and account.library = lib.library
inner join patron_sync.run as run on account.run_id = run.run_id
where account.run_id = %(run_id)s
order by account.library;
