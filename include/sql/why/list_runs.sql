-- List the last runs in which some libraries took part.
--
-- Runs on     patron database, read-only
-- Used by     steps.explain_patron
-- Spec        X6
--
-- Parameters
--   libraries  text[]    agency codes
--   runs       integer   how many runs at most
--
-- Returns     run_id, flow, started_at, is_dry_run, library, stage, failure_code, remembers_all (a
--             patron of whom nothing is found was not read: staged records are still there, or
--             there were none that needed nothing); one row a run and library, the newest first
-- Repeatable  yes: reads only

select
    last_run.run_id,
    last_run.flow,
    last_run.started_at,
    last_run.is_dry_run,
    lib.library,
    lib.stage,
    lib.failure_code,
    exists (
        select from patron_sync.staged_patron as staged
        where staged.run_id = lib.run_id
            and staged.library = lib.library
    ) or exists (
        select from patron_sync.account as account
        where account.run_id = lib.run_id
            and account.library = lib.library
            and not exists (
                select from patron_sync.outcome as outcome
                where outcome.run_id = account.run_id
                    and outcome.library = account.library
                    and (
                        outcome.outcome = 'unchanged'
                        or outcome.reason in ('LOCAL_CARD', 'CARD_BLOCKED', 'NOT_IN_REGISTRY')
                    )
            )
    ) as remembers_all
from (
    select
        run.run_id,
        run.flow,
        run.started_at,
        run.is_dry_run
    from patron_sync.run as run
    where exists (
        select from patron_sync.run_library as part
        where part.run_id = run.run_id
            and part.library = any(%(libraries)s)
    )
    order by run.started_at desc
    limit %(runs)s
) as last_run
inner join patron_sync.run_library as lib on last_run.run_id = lib.run_id
where lib.library = any(%(libraries)s)
order by last_run.started_at desc, last_run.run_id asc, lib.library asc;
