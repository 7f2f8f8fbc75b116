-- List profiles, a page at a time, of one type or last changed by one data sync.
--
-- Runs on     patron database, read-only
-- Used by     web.views.profiles
-- Spec        D0.2, D5.1
--
-- Parameters
--   type       text     type of the profiles; null for all
--   sync       text     name of a data sync; null for all profiles, whoever changed them
--   after_id   bigint   last profile of the page before; 0 at first
--   page_size  integer  profiles at most
--
-- Returns     profile_id, type, fields, changed_at, and run_id and sync of the run that changed it
--             last (null where a person did, or an undo); ordered by profile_id
-- Repeatable  yes: reads only
--
-- Of each run of a data sync no more than a page is read, so that a data sync that has changed few
-- of very many profiles is as quick as one that has changed them all.

with listed as (
    (
        select profile.profile_id
        from profiles.profile as profile
        where %(sync)s::text is null
            and profile.profile_id > %(after_id)s
            and (%(type)s::text is null or profile.type = %(type)s)
        order by profile.profile_id
        limit %(page_size)s
    )
    union all
    (
        select changed.profile_id
        from data_sync.run as run
        cross join lateral (
            select profile.profile_id
            from profiles.profile as profile
            where profile.changed_run = run.run_id
                and profile.profile_id > %(after_id)s
                and (%(type)s::text is null or profile.type = %(type)s)
            order by profile.profile_id
            limit %(page_size)s
        ) as changed
        where run.name = %(sync)s::text
        order by changed.profile_id
        limit %(page_size)s
    )
)

select
    profile.profile_id,
    profile.type,
    profile.fields,
    profile.changed_at,
    run.run_id,
    run.name as sync
from listed
inner join profiles.profile as profile on listed.profile_id = profile.profile_id
left join data_sync.run as run on profile.changed_run = run.run_id
order by profile.profile_id;
