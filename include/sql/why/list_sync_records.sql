-- List what became of some records of library systems in runs of data syncs.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.explain_records
-- Spec        X6
--
-- Parameters
--   run_ids     uuid[]   the runs
--   sources     text[]   connections of the systems of the records
--   record_ids  text[]   the id of each record there, in the same order
--
-- Returns     run_id, source, record_id, record_no, outcome (null where no step has judged it),
--             reason, action (create, update, link; null without a planned change), written and
--             cleared (names of fields), unmet (field and operator of conditions that it did not
--             meet, as long as its values are kept), problems (field and reason of values that did
--             not fit), reversed and kept (fields, profile or link, since the run was taken back);
--             ordered by run_id, record_no
-- Repeatable  yes: reads only

select
    staged.run_id,
    run.source,
    staged.record_id,
    staged.record_no,
    case
        when verdict.outcome is not null then verdict.outcome
        when plan.state in ('failed', 'held') then plan.state
        when plan.state = 'dropped' then 'left_out'
        when
            plan.state = 'planned'
            and plan.record_no > run.loaded_through
            and not run.is_dry_run then 'waiting'
        when plan.action = 'create' then 'created'
        when plan.action = 'update' then 'updated'
        when run.stage in ('planned', 'guarded', 'loaded', 'done') then 'unchanged'
    end as outcome,
    coalesce(verdict.reason, plan.reason) as reason,
    plan.action,
    array(
        select field.name
        from jsonb_object_keys(plan.fields) as field (name)
        order by field.name
    ) as written,
    coalesce(plan.cleared, '{}') as cleared,
    array(
        select condition.field || ' ' || condition.operator
        from data_sync.run_condition as condition
        where condition.run_id = staged.run_id
            and verdict.reason = 'FILTERED'
            and run.staging_gone_at is null
            and not data_sync.meets(
                coalesce(staged.filters -> condition.field, '[]'::jsonb),
                condition.operator,
                condition.operands
            )
        order by condition.number
    ) as unmet,
    array(
        select (problem.pair ->> 0) || ' ' || (problem.pair ->> 1) as told
        from jsonb_array_elements(staged.problems) as problem (pair)
        order by told
    ) as problems,
    array(
        select coalesce(nullif(reversal.field, ''), reversal.kind) as thing
        from data_sync.reversal as reversal
        where reversal.run_id = staged.run_id
            and reversal.record_no = staged.record_no
            and reversal.state = 'reversed'
        order by thing
    ) as reversed,
    array(
        select coalesce(nullif(reversal.field, ''), reversal.kind) as thing
        from data_sync.reversal as reversal
        where reversal.run_id = staged.run_id
            and reversal.record_no = staged.record_no
            and reversal.state = 'kept'
        order by thing
    ) as kept
from data_sync.run as run
inner join data_sync.staged as staged on run.run_id = staged.run_id
inner join unnest(%(sources)s::text[], %(record_ids)s::text[]) as record (source, record_id)
    on run.source = record.source
    and staged.record_id = record.record_id
left join data_sync.verdict as verdict
    on staged.run_id = verdict.run_id
    and staged.record_no = verdict.record_no
left join data_sync.plan as plan
    on staged.run_id = plan.run_id
    and staged.record_no = plan.record_no
where run.run_id = any(%(run_ids)s::uuid[])
order by staged.run_id, staged.record_no;
