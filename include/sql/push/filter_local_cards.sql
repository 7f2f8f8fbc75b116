-- Put the card number beside each patron of a push that may leave the library, and no other.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.filter_local_cards
-- Spec        N2.5, N2.6, N3.5
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      patron_sync.staged_patron: national card number, or why there is none; the
--             fingerprint of the PIN unless it is one that must be changed
-- Repeatable  yes: libraries that have moved on are not touched

update patron_sync.staged_patron as staged
set
    card_number = case when held.is_shared then held.card_number end,
    card_origin = case when held.is_shared then held.origin end,
    card_reason = case
        when held.is_shared then null
        when held.is_blocked then 'CARD_BLOCKED'
        when held.has_card then 'LOCAL_CARD'
        else 'NO_CARD'
    end,
    pin_fingerprint = held.pin_fingerprint
from (
    select
        waiting.run_id,
        waiting.library,
        waiting.record_no,
        card.card_number,
        card.origin,
        coalesce(
            card.origin = 'registry' or exists (
                select from patron_sync.run_series as series
                where series.run_id = waiting.run_id
                    and series.prefix = 'N'
                    and length(series.first_digits) = 9
                    and substr(card.card_number, 2)
                    between series.first_digits and series.last_digits
            ),
            false
        ) as is_shared,
        exists(
            select from cicero.card as any_card
            where any_card.patron_id = waiting.patron_id
                and any_card.status in ('active', 'blocked')
        ) as has_card,
        card.card_id is null and exists (
            select from cicero.card as blocked
            where blocked.patron_id = waiting.patron_id
                and blocked.kind = 'national'
                and blocked.status = 'blocked'
        ) as is_blocked,
        case when not pin.must_change then pin.pin_fingerprint end as pin_fingerprint
    from patron_sync.staged_patron as waiting
    inner join patron_sync.run_library as lib
        on waiting.run_id = lib.run_id
        and waiting.library = lib.library
    left join cicero.card as card
        on waiting.patron_id = card.patron_id
        and card.kind = 'national'
        and card.status = 'active'
    left join cicero.pin as pin on waiting.patron_id = pin.patron_id
    where waiting.run_id = %(run_id)s
        and lib.stage = 'consent_filtered'
        and not waiting.is_removal
) as held
where staged.run_id = held.run_id
    and staged.library = held.library
    and staged.record_no = held.record_no;
