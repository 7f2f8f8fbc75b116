-- Count the planned changes of a run that have a limit, with the patrons who consent.
--
-- Runs on     patron database, read-only
-- Used by     steps.guard_changes
-- Spec        X2
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     library, kind, changes, population; libraries that are planned, ordered
-- Repeatable  yes: reads only

with counted as (
    select
        guarded.library,
        guarded.kind,
        -- A new patron is one creation, however many fields it has.
        case
            when guarded.kind in ('creations', 'consent_flips')
                then count(distinct guarded.record_no)
            else count(*)
        end as changes
    from patron_sync.guarded_changes(%(run_id)s) as guarded
    inner join patron_sync.run_library as lib
        on lib.run_id = %(run_id)s
        and guarded.library = lib.library
    where lib.stage = 'planned'
    group by guarded.library, guarded.kind
),

population as (
    select
        patron.library,
        count(*) as patrons
    from cicero.patron as patron
    inner join cicero.consent as consent
        on patron.patron_id = consent.patron_id
        and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
        and consent.withdrawn_at is null
    where patron.library in (select counted.library from counted)
    group by patron.library
)

select
    counted.library,
    counted.kind,
    counted.changes,
    coalesce(population.patrons, 0) as population
from counted
left join population on counted.library = population.library
order by counted.library, counted.kind;
