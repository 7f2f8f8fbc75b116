-- Read one run of a data sync as its page tells of it.
--
-- Runs on     patron database, read-only
-- Used by     web.views.syncs_decide
-- Spec        D4.3, D5.1
--
-- Parameters
--   run_id     uuid     the run
--   most_read  integer  of a larger run nothing is counted while it goes on
--
-- Returns     what data_sync.run says of it; who decided and took back; while it goes on also
--             judged (records left out or failed), planned and last_planned (the record at which
--             the plan ends); no row if there is no such run
-- Repeatable  yes: reads only

select
    run.run_id,
    run.name,
    run.version,
    run.source,
    run.ils,
    run.profile_type,
    run.is_dry_run,
    run.asked_by,
    run.stage,
    run.state,
    run.read_count,
    run.loaded_through,
    run.plan_id,
    run.failure_code,
    run.failure_detail,
    run.decision,
    run.decided_by,
    run.decided_at,
    run.undone_by,
    run.undone_at,
    run.values_gone_at,
    run.records_gone_at,
    run.started_at,
    run.finished_at,
    going_on.judged,
    going_on.planned,
    going_on.last_planned
from data_sync.run as run
left join lateral ( -- noqa: ST05
    select
        case
            when run.read_count <= %(most_read)s then (
                select count(*)
                from data_sync.verdict as verdict
                where verdict.run_id = run.run_id
            )
        end as judged,
        case
            when run.read_count <= %(most_read)s then (
                select count(*)
                from data_sync.plan as plan
                where plan.run_id = run.run_id
            )
        end as planned,
        (
            select max(plan.record_no)
            from data_sync.plan as plan
            where plan.run_id = run.run_id
        ) as last_planned
    where run.state = 'running'
) as going_on on true
where run.run_id = %(run_id)s;
