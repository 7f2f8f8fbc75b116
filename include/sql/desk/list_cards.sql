-- List the card numbers of a patron.
--
-- Runs on     patron database, read-only
-- Used by     desk.read_patron
-- Spec        N3.5, N3.8
--
-- Parameters
--   patron_id  bigint  the patron
--
-- Returns     card_number, kind, status, origin, changed_at; national ones first
-- Repeatable  yes: reads only

select
    card.card_number,
    card.kind,
    card.status,
    card.origin,
    card.changed_at
from cicero.card as card
where card.patron_id = %(patron_id)s
order by card.kind desc, card.card_id asc;
