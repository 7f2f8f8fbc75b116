-- Count for each library who is on both sides, in the registry only, or in Cicero only.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.compare_sides
-- Spec        X3, X4, N3.1
--
-- Parameters
--   run_id     uuid     the pull of a reconciliation, its local cards filtered
--   libraries  text[]   agency codes
--
-- Writes      patron_sync.drift, field relation: what became of each record of the registry, and
--             who consents here and is not there
-- Repeatable  no: the step names libraries that have no counts yet

with lib as (
    select
        run_library.run_id,
        run_library.library
    from patron_sync.run_library
    where run_library.run_id = %(run_id)s
        and run_library.library = any(%(libraries)s)
),

there as (
    select
        staged.library,
        staged.patron_id,
        'on_both_sides' as kind
    from lib
    inner join patron_sync.staged_patron as staged
        on lib.run_id = staged.run_id
        and lib.library = staged.library
    union all
    select
        verdict.library,
        verdict.patron_id,
        verdict.reason
    from lib
    inner join patron_sync.verdict as verdict
        on lib.run_id = verdict.run_id
        and lib.library = verdict.library
),

absent as (
    select
        patron.library,
        case
            when patron.national_id is null then 'NO_NATIONAL_ID'
            when patron.person_key is null then 'INVALID_NATIONAL_ID'
            when waiting.patron_id is not null then 'waiting'
            when not exists (
                select from cicero.card as card
                where card.patron_id = patron.patron_id
                    and card.kind = 'national'
                    and card.status = 'active'
            ) and exists (
                select from cicero.card as local
                where local.patron_id = patron.patron_id
                    and local.status in ('active', 'blocked')
            ) then 'kept_here'
            else 'not_in_registry'
        end as kind
    from lib
    inner join cicero.patron as patron on lib.library = patron.library
    inner join cicero.consent as consent
        on patron.patron_id = consent.patron_id
        and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
        and consent.withdrawn_at is null
    left join patron_sync.waiting_patrons(%(run_id)s) as waiting
        on patron.patron_id = waiting.patron_id
    where not exists (
        select from there
        where there.patron_id = patron.patron_id
    )
)

insert into patron_sync.drift (run_id, library, field, kind, records)
select
    %(run_id)s,
    counted.library,
    'relation',
    counted.kind,
    sum(counted.records)
from (
    select
        there.library,
        there.kind,
        count(*) as records
    from there
    group by there.library, there.kind
    union all
    select
        absent.library,
        absent.kind,
        count(*)
    from absent
    group by absent.library, absent.kind
) as counted
group by counted.library, counted.kind;
