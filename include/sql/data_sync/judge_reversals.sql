-- Decide for each thing that a batch of a run wrote whether it can be taken back.
--
-- Runs on     patron database, read-write, the transaction of one batch
-- Used by     steps.data_sync.undo_sync
-- Spec        X7
--
-- Parameters
--   run_id      uuid     the run
--   after_no    integer  records behind this one
--   through_no  integer  up to this one
--
-- Writes      data_sync.reversal: planned, or kept with a reason
-- Repeatable  yes: what was reversed stays so; what was kept is judged anew

with written as (
    select
        plan.run_id,
        plan.record_no,
        plan.record_id,
        plan.profile_id,
        plan.action,
        plan.fields,
        plan.cleared,
        run.source
    from data_sync.run as run
    inner join data_sync.plan as plan on run.run_id = plan.run_id
    where run.run_id = %(run_id)s
        and (
            plan.state = 'confirmed'
            or (plan.state = 'planned' and plan.record_no <= run.loaded_through)
        )
        and plan.record_no > %(after_no)s
        and plan.record_no <= %(through_no)s
),

thing as (
    select
        written.record_no,
        'profile' as kind,
        '' as field
    from written
    where written.action = 'create'
    union all
    select
        found.record_no,
        'link' as kind,
        '' as field
    from data_sync.match as found
    where found.run_id = %(run_id)s
    union all
    select
        written.record_no,
        'value' as kind,
        jsonb_object_keys(written.fields) as field
    from written
    where written.action = 'update'
    union all
    select
        written.record_no,
        'value' as kind,
        unnest(written.cleared) as field
    from written
)

insert into data_sync.reversal as known (run_id, record_no, kind, field, state, reason)
select
    written.run_id,
    thing.record_no,
    thing.kind,
    thing.field,
    case when judged.reason is null then 'planned' else 'kept' end,
    judged.reason
from thing
inner join written on thing.record_no = written.record_no
left join profiles.profile as profile on written.profile_id = profile.profile_id
left join profiles.source_link as link
    on written.source = link.source
    and written.record_id = link.record_id
    and written.profile_id = link.profile_id
cross join lateral ( -- noqa: ST05
    select case
        when profile.profile_id is null then 'GONE'
        when thing.kind = 'link' and link.profile_id is null
            or thing.kind = 'value' and (
                profile.fields -> thing.field is distinct from written.fields -> thing.field
                or profile.field_runs ->> thing.field is distinct from written.run_id::text
            )
            or thing.kind = 'profile' and (
                profile.fields <> written.fields
                or profile.field_runs <> '{}'
                or link.profile_id is null
                or exists (
                    select from profiles.source_link as other
                    where other.profile_id = link.profile_id
                        and other.source <> link.source
                )
            ) then 'CHANGED_SINCE'
    end as reason
) as judged
on conflict (run_id, record_no, kind, field) do update
    set state = excluded.state, reason = excluded.reason, judged_at = clock_timestamp()
    where known.state <> 'reversed';
