-- Keep what the library knows of a new patron besides name, cards and PIN.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.create_patron
-- Spec        N3.2, N3.8
--
-- Parameters
--   patron_id       bigint  the patron
--   born_on         date    date of birth, or null
--   address         jsonb   address, or null
--   settings        jsonb   settings of the CMS API
--   blocked_reason  text    code of the block, or null
--   blocked_since   date    its date, or null
--
-- Writes      one row of cicero.patron_detail
-- Repeatable  no: a patron has one

insert into cicero.patron_detail (
    patron_id, born_on, address, settings, blocked_reason, blocked_since
)
values (
    %(patron_id)s, %(born_on)s, %(address)s, %(settings)s, %(blocked_reason)s, %(blocked_since)s
);
