-- Count what one step let pass and what it took out, per library and reason.
--
-- Runs on     patron database, read-only
-- Used by     steps, for the AUDIT lines
-- Spec        N4.3
--
-- Parameters
--   run_id  uuid   the run
--   step    text   name of the step
--
-- Returns     library, passed, out, reason (null for the row that counts what passed); patrons
-- Repeatable  yes: reads only

with taken as (
    select
        verdict.library,
        verdict.reason,
        count(*) as out
    from patron_sync.verdict as verdict
    where verdict.run_id = %(run_id)s
        and verdict.step = %(step)s
    group by verdict.library, verdict.reason
)

select
    lib.library,
    (
        select count(*)
        from patron_sync.staged_patron as staged
        where staged.run_id = lib.run_id
            and staged.library = lib.library
    ) as passed,
    coalesce(taken.out, 0) as out,
    taken.reason
from patron_sync.run_library as lib
left join taken on lib.library = taken.library
where lib.run_id = %(run_id)s
    and lib.stage not in ('disabled', 'opened')
order by lib.library, taken.reason;
