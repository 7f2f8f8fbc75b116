-- Remove old runs of which nothing is left but their numbers, unless a later run looks at them.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.apply_retention
-- Spec        X10, X2
--
-- Parameters
--   keep_days  integer   days after the beginning of a run
--
-- Writes      deletes rows of patron_sync.run, and with them libraries, series, accounts, held sets
--             and undos. Of each flow and library the last run stays, the last completed one, and
--             the last that read everything: limits and watermarks compare with them
-- Repeatable  yes: the second call finds nothing

delete from patron_sync.run as run
where run.started_at < now() - make_interval(days => %(keep_days)s)
    and not exists (
        select from patron_sync.staged_patron as staged
        where staged.run_id = run.run_id
    )
    and not exists (
        select from patron_sync.plan as plan
        where plan.run_id = run.run_id
    )
    and not exists (
        select from patron_sync.verdict as verdict
        where verdict.run_id = run.run_id
    )
    and not exists (
        select from patron_sync.watermark as mark
        where mark.run_id = run.run_id
    )
    and not exists (
        select from patron_sync.run_library as lib
        cross join lateral (
            select
                count(*) as runs,
                count(*) filter (where later_lib.stage = 'done') as done,
                count(*) filter (where later_lib.stage = 'done' and later_lib.is_whole) as whole
            from patron_sync.run as later
            inner join patron_sync.run_library as later_lib on later.run_id = later_lib.run_id
            where later.flow = run.flow
                and later.started_at > run.started_at
                and later_lib.library = lib.library
        ) as since
        where lib.run_id = run.run_id
            and (
                since.runs = 0
                or lib.stage = 'done'
                and since.done = 0
                or lib.stage = 'done'
                and lib.is_whole
                and since.whole = 0
            )
    );
