-- List runs, the newest first, with what their accounts came to.
--
-- Runs on     patron database, read-only
-- Used by     web.views.runs
-- Spec        X4
--
-- Parameters
--   flow       text         pull or push; null for both
--   state      text         running, succeeded or failed; null for all
--   before_at  timestamptz  beginning of the last run of the page before; null at first
--   before_id  uuid         its id; null at first
--   most       integer      runs at most
--
-- Returns     run_id, flow, is_full, is_dry_run, state, asked_by, started_at, finished_at,
--             libraries, failed_libraries, counted_libraries (with an account), is_off (an account
--             does not add up), read, left_out, unchanged, created, updated, held, failed (records
--             of the accounts), conflicts (changes); in that order
-- Repeatable  yes: reads only

with page as (
    select
        run.run_id,
        run.flow,
        run.is_full,
        run.is_dry_run,
        run.state,
        run.asked_by,
        run.started_at,
        run.finished_at
    from patron_sync.run as run
    where (%(flow)s::text is null or run.flow = %(flow)s)
        and (%(state)s::text is null or run.state = %(state)s)
        and (
            %(before_at)s::timestamptz is null
            or (run.started_at, run.run_id) < (%(before_at)s, %(before_id)s::uuid)
        )
    order by run.started_at desc, run.run_id desc
    limit %(most)s
)

select
    page.run_id,
    page.flow,
    page.is_full,
    page.is_dry_run,
    page.state,
    page.asked_by,
    page.started_at,
    page.finished_at,
    part.libraries,
    part.failed_libraries,
    part.counted_libraries,
    part.is_off,
    part.read,
    counted.left_out,
    counted.unchanged,
    counted.created,
    counted.updated,
    counted.held,
    counted.failed,
    part.conflicts
from page
cross join lateral (
    select
        count(*) as libraries,
        count(*) filter (where lib.failure_code is not null or lib.alarm = 'critical')
            as failed_libraries,
        count(account.run_id) as counted_libraries,
        coalesce(bool_or(account.mismatches <> '[]'), false) as is_off,
        coalesce(sum(lib.read_count), 0) as read,
        coalesce(sum(account.conflicts), 0) as conflicts
    from patron_sync.run_library as lib
    left join patron_sync.account as account
        on lib.run_id = account.run_id
        and lib.library = account.library
    where lib.run_id = page.run_id
) as part
cross join lateral (
    select
        coalesce(sum(one.records) filter (where one.outcome = 'left_out'), 0) as left_out,
        coalesce(sum(one.records) filter (where one.outcome = 'unchanged'), 0) as unchanged,
        coalesce(sum(one.records) filter (where one.outcome = 'created'), 0) as created,
        coalesce(sum(one.records) filter (where one.outcome = 'updated'), 0) as updated,
        coalesce(sum(one.records) filter (where one.outcome = 'held'), 0) as held,
        coalesce(sum(one.records) filter (where one.outcome = 'failed'), 0) as failed
    from patron_sync.outcome as one
    where one.run_id = page.run_id
) as counted
order by page.started_at desc, page.run_id desc;
