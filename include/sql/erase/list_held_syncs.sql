-- List the runs of data syncs that hold a change of a person for a decision.
--
-- Runs on     patron database, read-only, the transaction of the erasure, before it
-- Used by     steps.erase_records
-- Spec        X10, X2
--
-- Parameters
--   profile_ids  bigint[]   the person's profiles
--   sources      text[]     connections of the systems of the person's records
--   record_ids   text[]     the id of each record there, in the same order
--
-- Returns     run_id; ordered
-- Repeatable  yes: reads only

select distinct run.run_id
from data_sync.run as run
inner join data_sync.plan as plan on run.run_id = plan.run_id
where run.state = 'held'
    and plan.state = 'held'
    and (
        plan.profile_id = any(%(profile_ids)s::bigint[])
        or (run.source, plan.record_id) in (
            select
                record.source,
                record.record_id
            from unnest(%(sources)s::text[], %(record_ids)s::text[]) as record (source, record_id)
        )
    )
order by run.run_id;
