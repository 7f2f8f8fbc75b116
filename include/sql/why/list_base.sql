-- Tell on which fields registry and Cicero agreed, since when, and whether Cicero still does.
--
-- Runs on     patron database, read-only
-- Used by     steps.explain_patron, desk.sync_state
-- Spec        X6, X3
--
-- Parameters
--   patron_ids  bigint[]   the patrons
--   inner_pad   bytea      HMAC pad of the fingerprint key
--   outer_pad   bytea      HMAC pad of the fingerprint key
--
-- Returns     patron_id, field, agreed_at, is_same (Cicero's value of today is the one agreed on;
--             true for the relation); ordered by patron_id, field
-- Repeatable  yes: reads only

select
    patron.patron_id,
    base.field,
    base.agreed_at,
    case base.field
        when 'card' then exists (
            select from cicero.card as card
            where card.patron_id = patron.patron_id
                and card.kind = 'national'
                and card.status = 'active'
                and base.fingerprint = patron_sync.fingerprint(
                    patron.person_key, 'card', card.card_number, %(inner_pad)s, %(outer_pad)s
                )
        )
        when 'pin' then exists (
            select from cicero.pin as pin
            where pin.patron_id = patron.patron_id
                and pin.pin_fingerprint = base.fingerprint
        )
        else true
    end as is_same
from cicero.patron as patron
inner join patron_sync.base as base
    on patron.library = base.library
    and patron.person_key = base.person_key
where patron.patron_id = any(%(patron_ids)s::bigint[])
order by patron.patron_id, base.field;
