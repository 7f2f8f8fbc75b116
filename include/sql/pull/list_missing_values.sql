-- List the patrons of a pull who would stay without any card number or without a PIN.
--
-- Runs on     patron database, read-only
-- Used by     steps.assign_cards_and_pins
-- Spec        N2.4, N2.5, X7
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     library, record_no, patron_id, person_key, needs_card, needs_pin
-- Repeatable  yes: reads only

select
    missing.library,
    missing.record_no,
    missing.patron_id,
    missing.person_key,
    missing.needs_card and no_card.library is null as needs_card,
    missing.needs_pin and no_pin.library is null as needs_pin
from (
    select
        staged.library,
        staged.record_no,
        staged.patron_id,
        staged.person_key,
        (staged.card_number is null or not lib.syncs_card) and not exists (
            select from cicero.card as card
            where card.patron_id = staged.patron_id
                and card.status = 'active'
        ) as needs_card,
        (staged.pin_encrypted is null or not lib.syncs_pin)
        and staged.pin_reason is null
        and not exists (
            select from cicero.pin as pin
            where pin.patron_id = staged.patron_id
        ) as needs_pin
    from patron_sync.staged_patron as staged
    inner join patron_sync.run_library as lib
        on staged.run_id = lib.run_id
        and staged.library = lib.library
    where staged.run_id = %(run_id)s
        and lib.stage = 'cards_filtered'
) as missing
-- What an undo took away is not given anew.
left join patron_sync.difference as no_card
    on missing.library = no_card.library
    and missing.person_key = no_card.person_key
    and no_card.field = 'card'
    and no_card.cicero_fingerprint is null
left join patron_sync.difference as no_pin
    on missing.library = no_pin.library
    and missing.person_key = no_pin.person_key
    and no_pin.field = 'pin'
    and no_pin.cicero_fingerprint is null
where missing.needs_card and no_card.library is null
    or missing.needs_pin and no_pin.library is null
order by missing.library, missing.patron_id;
