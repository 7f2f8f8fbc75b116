-- Count the records of a run whose profiles have all their values already.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.plan_profiles
-- Spec        X4
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      one row of data_sync.run
-- Repeatable  yes: counts the same again, before anything is written

update data_sync.run
set unchanged_count = (
    select count(*)
    from data_sync.staged as staged
    inner join profiles.source_link as link
        on run.source = link.source
        and staged.record_id = link.record_id
    inner join profiles.profile as profile on link.profile_id = profile.profile_id
    where staged.run_id = run.run_id
        and profile.fields || staged.fields = profile.fields
        and (
            run.empty_fields = 'skip'
            or not exists (
                select from unnest(staged.emptied) as empty (name)
                where profile.fields ? empty.name
                    and empty.name <> all(run.required)
            )
        )
        and not exists (
            select from data_sync.verdict as verdict
            where verdict.run_id = staged.run_id
                and verdict.record_no = staged.record_no
        )
)
where run.run_id = %(run_id)s;
