-- List the consents of a patron with their history.
--
-- Runs on     patron database, read-only
-- Used by     desk.read_patron
-- Spec        N3.1
--
-- Parameters
--   patron_id  bigint  the patron
--
-- Returns     consent_type, given_at, given_by, given_through, withdrawn_at, withdrawn_by,
--             withdrawn_through; oldest first
-- Repeatable  yes: reads only

select
    consent.consent_type,
    consent.given_at,
    consent.given_by,
    consent.given_through,
    consent.withdrawn_at,
    consent.withdrawn_by,
    consent.withdrawn_through
from cicero.consent as consent
where consent.patron_id = %(patron_id)s
order by consent.given_at, consent.consent_id;
