-- Read how many records the last completed run of the same source and filter has read.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.guard_plan
-- Spec        X2
--
-- Parameters
--   run_id  uuid  the run
--
-- Returns     read_count of that run; no row if there was none
-- Repeatable  yes: reads only

select before.read_count
from data_sync.run as run
inner join data_sync.run as before
    on run.name = before.name
    and run.source = before.source
    and run.run_id <> before.run_id
where run.run_id = %(run_id)s
    and before.state in ('succeeded', 'held')
    and not before.is_dry_run
    and (
        run.digest = before.digest
        -- Another text that means the same people, as far as it is known of the run before.
        or (
            before.records_gone_at is null
            and (
                select jsonb_object_agg(now_asked.number, to_jsonb(now_asked) - 'run_id')
                from data_sync.run_condition as now_asked
                where now_asked.run_id = run.run_id -- noqa: RF01
            ) is not distinct from (
                select jsonb_object_agg(then_asked.number, to_jsonb(then_asked) - 'run_id')
                from data_sync.run_condition as then_asked
                where then_asked.run_id = before.run_id -- noqa: RF01
            )
        )
    )
order by before.started_at desc
limit 1;
