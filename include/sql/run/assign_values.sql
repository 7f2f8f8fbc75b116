-- Put an assigned card number, a default PIN, or both beside a staged patron.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.assign_cards_and_pins
-- Spec        N2.4, N2.5
--
-- Parameters
--   run_id           uuid      the run
--   library          text      agency code
--   record_no        integer   the staged record
--   card_number      text      number of the sequence, or null
--   pin_encrypted    bytea     encrypted default PIN, or null
--   pin_fingerprint  bytea     its fingerprint, or null
--   card_reason      text      why no number could be given, or null
--
-- Writes      one row of patron_sync.staged_patron
-- Repeatable  yes: the second call writes the same values

update patron_sync.staged_patron
set
    assigned_card_number = %(card_number)s,
    assigned_pin_encrypted = %(pin_encrypted)s,
    assigned_pin_fingerprint = %(pin_fingerprint)s,
    card_reason = coalesce(%(card_reason)s, card_reason)
where run_id = %(run_id)s
    and library = %(library)s
    and record_no = %(record_no)s;
