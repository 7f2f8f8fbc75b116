-- Take the patrons of a library whom only a push can put right into its staging area.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.stage_cicero_changes, in a reconciliation
-- Spec        N3.1, N3.5, X3
--
-- Parameters
--   run_id     uuid    the push of a reconciliation
--   library    text    agency code
--   inner_pad  bytea   HMAC pad of the fingerprint key
--   outer_pad  bytea   HMAC pad of the fingerprint key
--
-- Writes      patron_sync.staged_patron, without values: consenting patrons who did not come with
--             all that the registry has and have something that may leave, or whose card or PIN is
--             not what came; but not if it is only the registry's that changed, which the pull
--             carries
-- Repeatable  yes: the step removes the run's own rows of the library first

with lib as (
    select
        run_library.run_id,
        run_library.library,
        run_library.syncs_card,
        run_library.syncs_pin,
        run.reconciliation_id
    from patron_sync.run_library
    inner join patron_sync.run on run_library.run_id = run.run_id
    where run_library.run_id = %(run_id)s
        and run_library.library = %(library)s
),

left_out as (
    select distinct verdict.patron_id
    from lib
    inner join patron_sync.verdict as verdict
        on lib.reconciliation_id = verdict.run_id
        and lib.library = verdict.library
    where verdict.patron_id is not null
)

insert into patron_sync.staged_patron (run_id, library, record_no, patron_id, person_key)
select
    lib.run_id,
    lib.library,
    row_number() over (order by patron.patron_id),
    patron.patron_id,
    patron.person_key
from lib
inner join cicero.patron as patron on lib.library = patron.library
inner join cicero.consent as consent
    on patron.patron_id = consent.patron_id
    and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
    and consent.withdrawn_at is null
left join patron_sync.staged_patron as seen
    on lib.reconciliation_id = seen.run_id
    and lib.library = seen.library
    and patron.patron_id = seen.patron_id
left join left_out on patron.patron_id = left_out.patron_id
left join cicero.card as card
    on patron.patron_id = card.patron_id
    and card.kind = 'national'
    and card.status = 'active'
left join cicero.pin as pin
    on patron.patron_id = pin.patron_id
    and not pin.must_change
where case
    when seen.record_no is null
        then left_out.patron_id is null and (card.card_id is not null or not exists (
            select from cicero.card as local
            where local.patron_id = patron.patron_id
                and local.status in ('active', 'blocked')
        ))
    else (
        lib.syncs_card
        and seen.card_reason is null
        and card.card_number is distinct from seen.card_number
        and card.card_number is not null
        and not exists (
            select from patron_sync.base as base
            where base.library = lib.library
                and base.person_key = patron.person_key
                and base.field = 'card'
                and seen.card_number is not null
                and base.fingerprint = patron_sync.fingerprint(
                    patron.person_key, 'card', card.card_number, %(inner_pad)s, %(outer_pad)s
                )
        )
    ) or (
        lib.syncs_pin
        and seen.pin_reason is null
        and pin.pin_fingerprint is distinct from seen.pin_fingerprint
        and pin.pin_fingerprint is not null
        and not exists (
            select from patron_sync.base as base
            where base.library = lib.library
                and base.person_key = patron.person_key
                and base.field = 'pin'
                and seen.pin_fingerprint is not null
                and base.fingerprint = pin.pin_fingerprint
        )
    )
end;
