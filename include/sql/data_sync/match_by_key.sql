-- Find the profiles of records by a key, where their own id leads to none.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.plan_profiles
-- Spec        D0.3
--
-- Parameters
--   run_id  uuid  the run
--   key     text  field of the profile
--
-- Writes      data_sync.match where there is one candidate; data_sync.verdict, failed, where
--             there are several, or where several records have the same one
-- Repeatable  yes: who is matched stays so

with unmatched as (
    select
        staged.run_id,
        staged.record_no,
        run.source,
        run.profile_type,
        lower(staged.fields ->> %(key)s) as key
    from data_sync.run as run
    inner join data_sync.staged as staged on run.run_id = staged.run_id
    where run.run_id = %(run_id)s
        and staged.fields ->> %(key)s is not null
        and not exists (
            select from data_sync.verdict as verdict
            where verdict.run_id = staged.run_id
                and verdict.record_no = staged.record_no
        )
        and not exists (
            select from profiles.source_link as link
            where link.source = run.source
                and link.record_id = staged.record_id
        )
        and not exists (
            select from data_sync.match as found
            where found.run_id = staged.run_id
                and found.record_no = staged.record_no
        )
),

candidate as (
    select
        unmatched.run_id,
        unmatched.record_no,
        profile.profile_id,
        count(*) over (partition by unmatched.record_no) as profiles,
        count(*) over (partition by profile.profile_id) as records
    from unmatched
    inner join profiles.profile as profile
        on unmatched.key = lower(profile.fields ->> %(key)s)
        and unmatched.profile_type = profile.type
    -- Who is another record of the same system is somebody else, also since a key before this one.
    where not exists (
        select from profiles.source_link as other
        where other.profile_id = profile.profile_id
            and other.source = unmatched.source
    )
        and not exists (
            select from data_sync.match as taken
            where taken.run_id = unmatched.run_id
                and taken.profile_id = profile.profile_id
        )
),

ambiguous as (
    insert into data_sync.verdict (run_id, record_no, outcome, reason)
    select distinct
        candidate.run_id,
        candidate.record_no,
        'failed',
        case when candidate.profiles > 1 then 'SEVERAL_PROFILES' else 'SEVERAL_RECORDS' end
    from candidate
    where candidate.profiles > 1
        or candidate.records > 1
    on conflict (run_id, record_no) do nothing
)

insert into data_sync.match (run_id, record_no, profile_id)
select
    candidate.run_id,
    candidate.record_no,
    candidate.profile_id
from candidate
where candidate.profiles = 1
    and candidate.records = 1
on conflict (run_id, record_no) do nothing;
