-- List the cards of some patrons, and the numbers that are reserved for them.
--
-- Runs on     patron database, read-only
-- Used by     steps.explain_patron
-- Spec        X6, N3.5
--
-- Parameters
--   patron_ids  bigint[]   the patrons
--   libraries   text[]     their libraries
--
-- Returns     patron_id, card_number, kind, status (active, replaced, blocked or reserved),
--             origin, changed_at; ordered by patron_id, changed_at
-- Repeatable  yes: reads only

select
    card.patron_id,
    card.card_number,
    card.kind,
    card.status,
    card.origin,
    card.changed_at
from cicero.card as card
where card.patron_id = any(%(patron_ids)s::bigint[])
union all
select
    taken.patron_id,
    taken.card_number,
    'national' as kind,
    'reserved' as status,
    'sequence' as origin,
    taken.taken_at as changed_at
from patron_sync.taken_card_number as taken
where taken.patron_id = any(%(patron_ids)s::bigint[])
    and taken.library = any(%(libraries)s)
order by patron_id, changed_at, card_number;
