-- List the last runs of data syncs from some library systems, the newest first.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.explain_records
-- Spec        X6
--
-- Parameters
--   sources  text[]    connections of the systems
--   runs     integer   so many of each
--
-- Returns     run_id, source, name, version, type, is_dry_run, stage, state, failure_code,
--             failure_detail, started_at, undone_at, staging_gone_at, records_gone_at, conditions
--             (field and operator of each condition of the filter, in order)
-- Repeatable  yes: reads only

select
    run.run_id,
    run.source,
    run.name,
    run.version,
    run.type,
    run.is_dry_run,
    run.stage,
    run.state,
    run.failure_code,
    run.failure_detail,
    run.started_at,
    run.undone_at,
    run.staging_gone_at,
    run.records_gone_at,
    array(
        select condition.field || ' ' || condition.operator
        from data_sync.run_condition as condition
        where condition.run_id = run.run_id
        order by condition.number
    ) as conditions
from (
    select
        numbered.run_id,
        row_number() over (
            partition by numbered.source
            order by numbered.started_at desc
        ) as place
    from data_sync.run as numbered
    where numbered.source = any(%(sources)s::text[])
) as newest
inner join data_sync.run as run on newest.run_id = run.run_id
where newest.place <= %(runs)s
order by run.started_at desc;
