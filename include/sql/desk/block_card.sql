-- Block a card of a patron.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.block_card
-- Spec        N3.8
--
-- Parameters
--   patron_id    bigint  the patron
--   card_number  text    the number
--
-- Writes      one row of cicero.card
-- Returns     card_id; no row where the patron has no such card
-- Repeatable  yes: a blocked card stays blocked

update cicero.card
set
    status = 'blocked',
    changed_at = case when status = 'blocked' then changed_at else clock_timestamp() end
where patron_id = %(patron_id)s
    and card_number = %(card_number)s
    and status in ('active', 'blocked')
returning card_id;
