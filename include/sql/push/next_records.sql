-- Take the next records that a push has to send, with the values of this moment.
--
-- Runs on     patron database, read-only
-- Used by     steps.apply_to_registry
-- Spec        N1.2, N3.1, N3.5, X5
--
-- Parameters
--   run_id       uuid     the run
--   library      text     agency code
--   after_no     integer  last record number of the batch before; 0 at first
--   batch_size   integer  records at most
--   inner_pad    bytea    HMAC pad of the fingerprint key
--   outer_pad    bytea    HMAC pad of the fingerprint key
--   held_set_id  uuid     only what waited with this set; null for what never waited
--
-- Returns     one row a record, ordered by record_no: what is planned, whether it was sent before
--             without an answer, consent and values as they are now, and the card number under
--             which the registry knows the patron, if Cicero knows it
-- Repeatable  yes: reads only

with record as (
    select
        plan.run_id,
        plan.library,
        plan.record_no,
        plan.patron_id,
        plan.person_key,
        min(plan.action) filter (where plan.field = 'relation') as relation_action,
        bool_or(plan.field = 'card') as sends_card,
        bool_or(plan.field = 'pin') as sends_pin,
        min(encode(plan.value_fingerprint, 'hex')) filter (where plan.field = 'card')
            as planned_card,
        min(encode(plan.value_fingerprint, 'hex')) filter (where plan.field = 'pin')
            as planned_pin,
        bool_or(plan.state = 'sent') as was_sent
    from patron_sync.plan as plan
    where plan.run_id = %(run_id)s
        and plan.library = %(library)s
        and plan.target = 'registry'
        and plan.state in ('planned', 'sent')
        and (
            plan.held_set_id = %(held_set_id)s
            or %(held_set_id)s::uuid is null and plan.held_set_id is null
        )
        and plan.record_no > %(after_no)s
    group by plan.run_id, plan.library, plan.record_no, plan.patron_id, plan.person_key
    order by plan.record_no
    limit %(batch_size)s
)

select
    record.record_no,
    record.patron_id,
    record.person_key,
    record.relation_action,
    record.sends_card,
    record.sends_pin,
    record.was_sent,
    coalesce(patron.national_id, deleted.national_id) as national_id,
    patron.surname,
    patron.first_name,
    card.card_number,
    pin.pin_encrypted,
    (consent.consent_id is not null or coalesce(deleted.had_consent, false)) as has_consent,
    -- A removal that a person has let go since is settled, and nobody is meant any more.
    -- Nor is one meant who has become a patron again.
    patron.patron_id is not null or (
        deleted.patron_id is not null
        and deleted.settled_at is null
        and not exists (
            select from cicero.patron as again
            where again.library = record.library
                and (
                    again.person_key = record.person_key
                    or again.national_id = deleted.national_id
                )
        )
    ) as is_here,
    (
        record.sends_card
        and encode(patron_sync.fingerprint(
            record.person_key, 'card', card.card_number, %(inner_pad)s, %(outer_pad)s
        ), 'hex') is distinct from record.planned_card
    ) or (
        record.sends_pin
        and case when not pin.must_change then encode(pin.pin_fingerprint, 'hex') end
        is distinct from record.planned_pin
    ) as is_stale,
    coalesce(staged.registry_card_number, (
        select known.card_number
        from cicero.card as known
        inner join patron_sync.base as base
            on base.library = record.library
            and base.person_key = record.person_key
            and base.field = 'card'
        where known.patron_id = record.patron_id
            and base.fingerprint = patron_sync.fingerprint(
                record.person_key, 'card', known.card_number, %(inner_pad)s, %(outer_pad)s
            )
        order by known.card_id
        limit 1
    )) as registry_card_number
from record
inner join patron_sync.staged_patron as staged
    on record.run_id = staged.run_id
    and record.library = staged.library
    and record.record_no = staged.record_no
left join cicero.patron as patron
    on record.patron_id = patron.patron_id
    and not staged.is_removal
left join cicero.deleted_patron as deleted
    on staged.deletion_id = deleted.deletion_id
left join cicero.card as card
    on patron.patron_id = card.patron_id
    and card.kind = 'national'
    and card.status = 'active'
left join cicero.pin as pin on patron.patron_id = pin.patron_id
left join cicero.consent as consent
    on patron.patron_id = consent.patron_id
    and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
    and consent.withdrawn_at is null
order by record.record_no;
