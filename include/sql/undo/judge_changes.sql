-- Keep the changes that cannot be taken back, whatever the target holds by now.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.undo_library
-- Spec        X7, N3.1
--
-- Parameters
--   undo_id  uuid   the call
--   library  text   agency code
--
-- Writes      patron_sync.undo_change: kept, with the reason. Without consent nothing is written on
--             either side
-- Repeatable  yes: only planned rows are touched

update patron_sync.undo_change as change
set
    state = 'kept',
    reason = judged.reason,
    settled_at = clock_timestamp()
from (
    select
        taken.record_no,
        taken.field,
        taken.target,
        case
            when patron.patron_id is null
                or taken.target = 'cicero' and patron.patron_id <> journal.patron_id
                then 'PATRON_DELETED'
            when not exists (
                select from cicero.consent as consent
                where consent.patron_id = patron.patron_id
                    and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
                    and consent.withdrawn_at is null
            ) then 'CONSENT_WITHDRAWN'
            when not coalesce(journal.is_known, false) then 'OLD_VALUE_UNKNOWN'
            when taken.target = 'registry' and taken.field <> 'relation' then case
                when journal.action = 'create' then 'CREATED_IN_REGISTRY'
                when journal.old_value is null then 'CANNOT_BE_EMPTIED'
            end
        end as reason
    from patron_sync.undo_change as taken
    left join patron_sync.journal as journal
        on taken.run_id = journal.run_id
        and taken.library = journal.library
        and taken.record_no = journal.record_no
        and taken.field = journal.field
        and taken.target = journal.target
    left join cicero.patron as patron
        on taken.library = patron.library
        and taken.person_key = patron.person_key
    where taken.undo_id = %(undo_id)s
        and taken.library = %(library)s
        and taken.state = 'planned'
) as judged
where change.undo_id = %(undo_id)s
    and change.library = %(library)s
    and change.state = 'planned'
    and change.record_no = judged.record_no
    and change.field = judged.field
    and change.target = judged.target
    and judged.reason is not null;
