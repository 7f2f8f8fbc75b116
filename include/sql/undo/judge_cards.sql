-- Keep the cards of Cicero that the run did not write, or whose old card is blocked by now.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.undo_library, after judge_changes
-- Spec        X7
--
-- Parameters
--   undo_id    uuid    the call
--   library    text    agency code
--   inner_pad  bytea   HMAC pad of the fingerprint key
--   outer_pad  bytea   HMAC pad of the fingerprint key
--
-- Writes      patron_sync.undo_change: kept, with the reason
-- Repeatable  yes: only planned rows are touched

update patron_sync.undo_change as change
set
    state = 'kept',
    reason = judged.reason,
    settled_at = clock_timestamp()
from (
    select
        taken.record_no,
        case
            when not exists (
                select from cicero.card as card
                where card.patron_id = journal.patron_id
                    and card.status = 'active'
                    and journal.new_fingerprint = patron_sync.fingerprint(
                        journal.person_key, 'card', card.card_number,
                        %(inner_pad)s, %(outer_pad)s
                    )
            ) then 'TARGET_CHANGED'
            when old.status = 'blocked' then 'CARD_BLOCKED'
            when journal.old_card_id is not null and coalesce(old.status, 'gone') <> 'replaced'
                then 'TARGET_CHANGED'
        end as reason
    from patron_sync.undo_change as taken
    inner join patron_sync.journal as journal
        on taken.run_id = journal.run_id
        and taken.library = journal.library
        and taken.record_no = journal.record_no
        and taken.field = journal.field
        and taken.target = journal.target
    left join cicero.card as old
        on journal.old_card_id = old.card_id
        and journal.patron_id = old.patron_id
    where taken.undo_id = %(undo_id)s
        and taken.library = %(library)s
        and taken.target = 'cicero'
        and taken.field = 'card'
        and taken.state = 'planned'
) as judged
where change.undo_id = %(undo_id)s
    and change.library = %(library)s
    and change.target = 'cicero'
    and change.field = 'card'
    and change.state = 'planned'
    and change.record_no = judged.record_no
    and judged.reason is not null;
