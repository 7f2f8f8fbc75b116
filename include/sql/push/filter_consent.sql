-- Take patrons out of a push who have not consented or cannot be identified.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.filter_consent
-- Spec        N3.1, N3.7
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      moves rows of patron_sync.staged_patron to patron_sync.verdict
-- Repeatable  yes: libraries that have moved on are not touched

with matched as (
    select
        staged.library,
        staged.record_no,
        staged.patron_id,
        staged.person_key,
        staged.is_removal,
        patron.patron_id is not null as is_here,
        coalesce(patron.national_id, deleted.national_id) is not null as has_national_id,
        case
            when staged.is_removal then deleted.had_consent
            else consent.consent_id is not null
        end as has_consent,
        staged.is_removal and exists (
            select from cicero.patron as again
            where again.library = staged.library
                and again.person_key = staged.person_key
        ) as is_recreated
    from patron_sync.staged_patron as staged
    inner join patron_sync.run_library as lib
        on staged.run_id = lib.run_id
        and staged.library = lib.library
    left join cicero.patron as patron
        on not staged.is_removal
        and staged.patron_id = patron.patron_id
    left join cicero.deleted_patron as deleted
        on staged.deletion_id = deleted.deletion_id
    left join cicero.consent as consent
        on patron.patron_id = consent.patron_id
        and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
        and consent.withdrawn_at is null
    where staged.run_id = %(run_id)s
        and lib.stage = 'staged'
),

judged as (
    select
        matched.library,
        matched.record_no,
        matched.patron_id,
        matched.person_key,
        matched.has_consent,
        case
            when not matched.is_removal and not matched.is_here then 'PATRON_DELETED'
            when not matched.has_consent and not matched.is_removal and exists (
                select from cicero.consent as withdrawn
                where withdrawn.patron_id = matched.patron_id
                    and withdrawn.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
            ) then 'CONSENT_WITHDRAWN'
            when not matched.has_consent then 'NO_CONSENT'
            when not matched.has_national_id then 'NO_NATIONAL_ID'
            when matched.person_key is null and matched.is_removal then 'NEVER_SYNCED'
            when matched.person_key is null then 'INVALID_NATIONAL_ID'
            when matched.is_recreated then 'RECREATED'
        end as reason
    from matched
),

taken_out as (
    delete from patron_sync.staged_patron as staged
    using judged
    where staged.run_id = %(run_id)s
        and staged.library = judged.library
        and staged.record_no = judged.record_no
        and judged.reason is not null
    returning
        staged.library, staged.record_no, judged.reason, judged.person_key, judged.patron_id,
        staged.deletion_id
)

insert into patron_sync.verdict (
    run_id, library, record_no, step, outcome, reason, person_key, patron_id, deletion_id
)
select
    %(run_id)s,
    taken_out.library,
    taken_out.record_no,
    'consent_filter',
    case when taken_out.reason = 'INVALID_NATIONAL_ID' then 'failed' else 'left_out' end,
    taken_out.reason,
    taken_out.person_key,
    taken_out.patron_id,
    taken_out.deletion_id
from taken_out;
