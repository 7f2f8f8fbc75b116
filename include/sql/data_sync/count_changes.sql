-- Count what a plan means to do, by kind, for the guards.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.guard_plan
-- Spec        X2
--
-- Parameters
--   run_id  uuid  the run
--
-- Returns     kind (creates, updates, links, or field_clears with its field), field, changes; and
--             population, the profiles that the sync's source has
-- Repeatable  yes: reads only

select
    counted.kind,
    counted.field,
    counted.changes,
    (
        select count(*)
        from profiles.source_link as link
        inner join data_sync.run as run on link.source = run.source
        where run.run_id = %(run_id)s
    ) as population
from (
    select
        plan.action || 's' as kind,
        null::text as field,
        count(*) as changes
    from data_sync.plan as plan
    where plan.run_id = %(run_id)s
    group by plan.action
    union all
    select
        'field_clears',
        cleared.name,
        count(*)
    from data_sync.plan as plan
    cross join unnest(plan.cleared) as cleared (name)
    where plan.run_id = %(run_id)s
    group by cleared.name
) as counted
order by counted.kind, counted.field;
