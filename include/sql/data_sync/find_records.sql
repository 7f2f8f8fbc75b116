-- Find the profiles of a person, and the records of library systems that a person is.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.find_records
-- Spec        X6, X10
--
-- Parameters
--   identifiers   text[]     numbers in the forms in which they may stand in a field
--   patron_ids    bigint[]   the person's patrons in Cicero, which is a library system too
--   source        text       connection of the system of a record that is named, or null
--   record_id     text       the id of that record there, or null
--   other_fields  text[]     fields of profiles that hold no such number, as dates and phones
--
-- Returns     profile_id (null where a record has no profile), source and record_id (null where a
--             profile is no record); each record of a profile that was found; ordered
-- Repeatable  yes: reads only
--
-- A profile is found by what it holds today, and a record without a profile by what runs have read
-- or planned of it, as long as those values are kept.

with named as (
    select
        %(source)s::text as source,
        %(record_id)s::text as record_id
    where %(record_id)s::text is not null
    union
    select
        run.source,
        patron.patron_id::text as record_id
    from data_sync.run as run
    cross join unnest(%(patron_ids)s::bigint[]) as patron (patron_id)
    where run.ils = 'cicero'
),

owner as (
    select profile.profile_id
    from profiles.profile as profile
    where cardinality(%(identifiers)s::text[]) > 0
        and data_sync.holds(
            profile.fields, %(identifiers)s::text[], %(other_fields)s::text[]
        )
    union
    select link.profile_id
    from named
    inner join profiles.source_link as link
        on named.source = link.source
        and named.record_id = link.record_id
),

-- Of records with a profile the profile decides, so that no staged value of theirs is looked at.
unlinked as materialized (
    select
        run.source,
        staged.record_id,
        staged.fields,
        staged.filters as others
    from data_sync.run as run
    inner join data_sync.staged as staged on run.run_id = staged.run_id
    where staged.record_id is not null
        and not exists (
            select from profiles.source_link as link
            where link.source = run.source
                and link.record_id = staged.record_id
        )
    union all
    select
        run.source,
        plan.record_id,
        plan.fields,
        plan.before as others
    from data_sync.run as run
    inner join data_sync.plan as plan on run.run_id = plan.run_id
    where plan.record_id <> ''
        and not exists (
            select from profiles.source_link as link
            where link.source = run.source
                and link.record_id = plan.record_id
        )
),

seen as (
    select distinct
        unlinked.source,
        unlinked.record_id
    from unlinked
    left join named
        on unlinked.source = named.source
        and unlinked.record_id = named.record_id
    where named.record_id is not null
        or (
            cardinality(%(identifiers)s::text[]) > 0
            and (
                data_sync.holds(
                    unlinked.fields, %(identifiers)s::text[], %(other_fields)s::text[]
                )
                or data_sync.holds(
                    unlinked.others, %(identifiers)s::text[], %(other_fields)s::text[]
                )
            )
        )
)

select
    owner.profile_id,
    link.source,
    link.record_id
from owner
left join profiles.source_link as link on owner.profile_id = link.profile_id
union
select
    null::bigint as profile_id,
    seen.source,
    seen.record_id
from seen
order by profile_id, source, record_id;
