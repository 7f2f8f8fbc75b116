-- Write down what the registry answered about some patrons of a push.
--
-- Runs on     patron database, read-write
-- Used by     steps.look_up_persons
-- Spec        N3.2
--
-- Parameters
--   run_id            uuid        the run
--   library           text        agency code
--   record_nos        integer[]   staged records
--   states            text[]      found or not_found
--   card_numbers      text[]      registry's card numbers, null where not found
--   pin_fingerprints  bytea[]     fingerprints of the registry's PINs, null where there is none
--   pins_encrypted    bytea[]     the registry's PINs, sealed for the person
--   pin_reasons       text[]      why a PIN that is there cannot be read, else null
--   changed_ats       timestamp[]   registry's local time of its last change, or null
--
-- Writes      patron_sync.staged_patron
-- Repeatable  yes: the second call writes the same values

update patron_sync.staged_patron as staged
set
    registry_state = answer.state,
    registry_card_number = answer.card_number,
    registry_pin_fingerprint = answer.pin_fingerprint,
    registry_pin_encrypted = answer.pin_encrypted,
    pin_reason = answer.pin_reason,
    changed_at = answer.changed_at
from unnest(
    %(record_nos)s::integer[], %(states)s::text[], %(card_numbers)s::text[],
    %(pin_fingerprints)s::bytea[], %(pins_encrypted)s::bytea[], %(pin_reasons)s::text[],
    %(changed_ats)s::timestamp[]
) as answer (
    record_no, state, card_number, pin_fingerprint, pin_encrypted, pin_reason, changed_at
)
where staged.run_id = %(run_id)s
    and staged.library = %(library)s
    and staged.record_no = answer.record_no;
