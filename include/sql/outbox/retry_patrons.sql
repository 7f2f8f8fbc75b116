-- Let the next run take up patrons again who wait for a person.
--
-- Runs on     patron database, read-write
-- Used by     steps.outbox
-- Spec        X5
--
-- Parameters
--   library    text     agency code; null for all
--   reason     text     reason code; null for all
--   patron_id  bigint   one patron; null for all
--
-- Writes      patron_sync.pending
-- Repeatable  yes: who does not wait is not touched

update patron_sync.pending
set
    waits = false,
    raised_xid = pg_current_xact_id()
where waits
    and (%(library)s::text is null or library = %(library)s)
    and (%(reason)s::text is null or reason = %(reason)s)
    and (%(patron_id)s::bigint is null or patron_id = %(patron_id)s);
