-- Remove a person's profiles, and the person from what data syncs have read, planned and written.
--
-- Runs on     patron database, read-write, the transaction of the erasure, behind
--             data_sync/lock_profiles
-- Used by     steps.erase_records
-- Spec        X10, X4
--
-- Parameters
--   profile_ids  bigint[]   the person's profiles
--   sources      text[]     connections of the systems of the person's records
--   record_ids   text[]     the id of each record there, in the same order
--
-- Writes      deletes rows of profiles.profile and source_link. Rows of data_sync.staged and plan
--             lose record and values and stay as counts of nobody; what was not written yet is
--             dropped, and a record that no step has judged gets a verdict, so that a run adds up
-- Returns     a row for each place: place, rows; ordered by place
-- Repeatable  yes: the second call finds nothing
--
-- A row of a plan keeps the number of a profile that is not there any more, and the names of the
-- fields: the audit trail has sealed them.

with person as (
    select
        record.source,
        record.record_id
    from unnest(%(sources)s::text[], %(record_ids)s::text[]) as record (source, record_id)
),

staged as (
    update data_sync.staged as row
    set
        record_id = null,
        defect = 'ERASED',
        filters = null,
        fields = null,
        emptied = null
    from data_sync.run as run
    inner join person on run.source = person.source
    where row.run_id = run.run_id
        and row.record_id = person.record_id
    returning row.run_id, row.record_no, run.stage
),

counted as (
    insert into data_sync.verdict (run_id, record_no, outcome, reason)
    select
        staged.run_id,
        staged.record_no,
        'left_out',
        'ERASED'
    from staged
    where staged.stage = 'filtered'
    on conflict (run_id, record_no) do nothing
),

mentioned as (
    select
        plan.run_id,
        plan.record_no,
        plan.state = 'held'
        or (
            plan.state = 'planned'
            and plan.record_no > run.loaded_through
            and run.stage in ('planned', 'guarded')
            and not run.is_dry_run
        ) as is_open
    from data_sync.plan as plan
    inner join data_sync.run as run on plan.run_id = run.run_id
    where plan.record_id <> ''
        and (
            plan.profile_id = any(%(profile_ids)s::bigint[])
            or (run.source, plan.record_id) in (
                select
                    person.source,
                    person.record_id
                from person
            )
        )
),

planned as (
    update data_sync.plan as row
    set
        record_id = '',
        fields = data_sync.without_values(row.fields),
        before = data_sync.without_values(row.before),
        state = case when mentioned.is_open then 'dropped' else row.state end,
        reason = case when mentioned.is_open then 'ERASED' else row.reason end
    from mentioned
    where row.run_id = mentioned.run_id
        and row.record_no = mentioned.record_no
    returning row.run_id
),

parted as (
    delete from profiles.source_link as row
    where row.profile_id = any(%(profile_ids)s::bigint[])
    returning row.profile_id
),

gone as (
    delete from profiles.profile as row
    where row.profile_id = any(%(profile_ids)s::bigint[])
    returning row.profile_id
)

select
    place.name as place,
    place.rows
from (
    values
    ('profile', (select count(*) from gone)),
    ('source_link', (select count(*) from parted)),
    ('sync_plan', (select count(*) from planned)),
    ('sync_staged', (select count(*) from staged))
) as place (name, rows)
order by place;
