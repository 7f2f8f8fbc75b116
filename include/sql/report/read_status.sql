-- Tell for each library and flow when it was last completed, how it last ended, and who waits.
--
-- Runs on     patron database, read-only
-- Used by     steps.read_status
-- Spec        N1.5, N4.2, X5
--
-- Parameters  none
--
-- Returns     library, flow, completed_at (aware), last_state (stage or failure code of the last
--             run), waiting (patrons of patron_sync.pending), mismatches (numbers of the last run
--             that are off; null if nobody has counted); ordered by library, flow
-- Repeatable  yes: reads only

select
    last_run.library,
    last_run.flow,
    watermark.moved_at as completed_at,
    last_run.last_state,
    (
        select count(*)
        from patron_sync.pending as pending
        where pending.library = last_run.library
            and pending.flow = last_run.flow
    ) as waiting,
    account.mismatches
from (
    select distinct on (lib.library, run.flow)
        lib.run_id,
        lib.library,
        run.flow,
        coalesce(lib.failure_code, lib.stage) as last_state
    from patron_sync.run as run
    inner join patron_sync.run_library as lib on run.run_id = lib.run_id
    order by lib.library asc, run.flow asc, run.started_at desc
) as last_run
left join patron_sync.watermark as watermark
    on last_run.library = watermark.library
    and last_run.flow = watermark.flow
left join patron_sync.account as account
    on last_run.run_id = account.run_id
    and last_run.library = account.library
order by last_run.library, last_run.flow;
