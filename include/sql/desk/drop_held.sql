-- Drop the held changes of a patron, because the consent has ended.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.withdraw_consent
-- Spec        N3.1, X2
--
-- Parameters
--   patron_id  bigint  the patron
--
-- Writes      patron_sync.plan
-- Repeatable  yes: what is dropped is not held any more

update patron_sync.plan
set state = 'dropped', outcome_reason = 'CONSENT_WITHDRAWN', settled_at = clock_timestamp()
where patron_id = %(patron_id)s
    and held_set_id is not null
    and state = 'held';
