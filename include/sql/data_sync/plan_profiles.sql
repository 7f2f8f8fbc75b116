-- Plan which profiles a run creates and which values it changes.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.plan_profiles
-- Spec        D1.2, D1.4, X1
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      data_sync.plan
-- Repeatable  yes: a run that has a plan keeps it

insert into data_sync.plan (
    run_id, record_no, record_id, profile_id, action, fields, cleared, before
)
select
    fresh.run_id,
    fresh.record_no,
    fresh.record_id,
    coalesce(fresh.profile_id, nextval('profiles.profile_profile_id_seq')),
    case
        when fresh.profile_id is null then 'create'
        when changed.fields is null and cleared.names is null then 'link'
        else 'update'
    end,
    case when fresh.profile_id is null then fresh.fields else coalesce(changed.fields, '{}') end,
    coalesce(cleared.names, '{}'),
    case
        when fresh.profile_id is not null then coalesce(changed.before, '{}')
            || coalesce(cleared.before, '{}')
    end
from (
    select
        staged.run_id,
        staged.record_no,
        staged.record_id,
        staged.fields,
        staged.emptied,
        run.empty_fields = 'replace' as replaces,
        run.required,
        profile.profile_id,
        profile.fields as known,
        link.profile_id is null as is_new_link
    from data_sync.run as run
    inner join data_sync.staged as staged on run.run_id = staged.run_id
    left join profiles.source_link as link
        on run.source = link.source
        and staged.record_id = link.record_id
    left join data_sync.match as found
        on staged.run_id = found.run_id
        and staged.record_no = found.record_no
    left join profiles.profile as profile
        on coalesce(link.profile_id, found.profile_id) = profile.profile_id
    where run.run_id = %(run_id)s
        and (
            link.profile_id is null
            or profile.fields || staged.fields <> profile.fields
            or (run.empty_fields = 'replace' and profile.fields ?| staged.emptied)
        )
        and not exists (
            select from data_sync.verdict as verdict
            where verdict.run_id = staged.run_id
                and verdict.record_no = staged.record_no
        )
        -- A plan is made as a whole or not at all; asked once, and not for each record.
        and not exists (
            select from data_sync.plan as planned
            where planned.run_id = %(run_id)s
        )
) as fresh
left join lateral (
    select
        jsonb_object_agg(value.name, value.fresh) as fields,
        jsonb_object_agg(value.name, fresh.known -> value.name) filter (
            where fresh.known ? value.name
        ) as before
    from jsonb_each(fresh.fields) as value (name, fresh)
    where fresh.profile_id is not null
        and fresh.known -> value.name is distinct from value.fresh
) as changed on true
left join lateral (
    select
        array_agg(empty.name order by empty.name) as names,
        jsonb_object_agg(empty.name, fresh.known -> empty.name) as before
    from unnest(fresh.emptied) as empty (name)
    where fresh.profile_id is not null
        and fresh.replaces
        and fresh.known ? empty.name
        -- A field that a profile must have is never emptied; the error log tells of it.
        and empty.name <> all(fresh.required)
) as cleared on true
where fresh.is_new_link
    or changed.fields is not null
    or cleared.names is not null;
