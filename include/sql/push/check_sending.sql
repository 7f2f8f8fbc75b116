-- Say whether one record may still be sent, in the moment before the call.
--
-- Runs on     patron database, read-only
-- Used by     steps.apply_to_registry
-- Spec        N3.1, X5
--
-- Parameters
--   run_id      uuid     the run
--   token       bigint   the run's right to write
--   patron_id   bigint   the patron
--   is_removal  boolean  the patron is gone, and consent was recorded with the deletion
--
-- Returns     one row: is_writer, has_consent
-- Repeatable  yes: reads only

select
    exists(
        select from patron_sync.writer as writer
        where writer.run_id = %(run_id)s
            and writer.token = %(token)s
    ) as is_writer,
    %(is_removal)s or exists (
        select from cicero.consent as consent
        where consent.patron_id = %(patron_id)s
            and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
            and consent.withdrawn_at is null
    ) as has_consent;
