-- List the patrons of a push about whom the registry must be asked before anything is planned.
--
-- Runs on     patron database, read-only
-- Used by     steps.look_up_persons
-- Spec        N3.1, N3.2, N3.4, X3, X7
--
-- Parameters
--   run_id      uuid     the run
--   library     text     agency code
--   after_no    integer  last record number of the batch before; 0 at first
--   batch_size  integer  patrons at most
--   inner_pad   bytea    HMAC pad of the fingerprint key
--   outer_pad   bytea    HMAC pad of the fingerprint key
--
-- Returns     record_no, person_key, national_id, syncs_pin of patrons with consent, ordered by
--             record_no: whose card or PIN differs from its base, or has none (what the registry
--             holds today decides whether there is a conflict, and can be put back), or whose base
--             is older than the consent (the registry may have changed without it), or who has no
--             PIN in Cicero (the registry's counts before a default), or whose record in the
--             registry cannot be addressed by a card number that Cicero still knows; in a
--             reconciliation everybody: who did not come with all that the registry has is gone
--             only when the registry says so
-- Repeatable  yes: those asked about already are not listed again

select
    staged.record_no,
    staged.person_key,
    patron.national_id,
    lib.syncs_pin
from patron_sync.staged_patron as staged
inner join patron_sync.run_library as lib
    on staged.run_id = lib.run_id
    and staged.library = lib.library
inner join patron_sync.run as run on staged.run_id = run.run_id
inner join cicero.patron as patron on staged.patron_id = patron.patron_id
inner join cicero.consent as consent
    on patron.patron_id = consent.patron_id
    and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
    and consent.withdrawn_at is null
left join patron_sync.base as relation_base
    on staged.library = relation_base.library
    and staged.person_key = relation_base.person_key
    and relation_base.field = 'relation'
left join patron_sync.base as card_base
    on staged.library = card_base.library
    and staged.person_key = card_base.person_key
    and card_base.field = 'card'
left join patron_sync.base as pin_base
    on staged.library = pin_base.library
    and staged.person_key = pin_base.person_key
    and pin_base.field = 'pin'
where staged.run_id = %(run_id)s
    and staged.library = %(library)s
    and lib.stage = 'cards_filtered'
    and not staged.is_removal
    and staged.registry_state is null
    and staged.record_no > %(after_no)s
    and (
        run.reconciliation_id is not null
        or relation_base.fingerprint is null
        or relation_base.agreed_at < consent.given_at
        or card_base.fingerprint is null
        or (
            lib.syncs_pin
            and staged.pin_fingerprint is not null
            and pin_base.fingerprint is distinct from staged.pin_fingerprint
        )
        or (
            lib.syncs_pin
            and not exists (
                select from cicero.pin as pin
                where pin.patron_id = staged.patron_id
            )
        )
        or (
            -- The number that is agreed on is one that the record can be addressed by.
            card_base.fingerprint is distinct from patron_sync.fingerprint(
                staged.person_key, 'card', staged.card_number, %(inner_pad)s, %(outer_pad)s
            )
            and (
                lib.syncs_card
                and staged.card_number is not null
                or not exists (
                    select from cicero.card as card
                    where card.patron_id = staged.patron_id
                        and card.kind = 'national'
                        and card_base.fingerprint = patron_sync.fingerprint(
                            staged.person_key, 'card', card.card_number,
                            %(inner_pad)s, %(outer_pad)s
                        )
                )
            )
        )
    )
order by staged.record_no
limit %(batch_size)s;
