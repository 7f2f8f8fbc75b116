-- Forget failed patrons, because a person has decided that nothing is to be done.
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
-- Writes      deletes rows of patron_sync.pending
-- Repeatable  yes: the second call finds nothing

delete from patron_sync.pending
where (%(library)s::text is null or library = %(library)s)
    and (%(reason)s::text is null or reason = %(reason)s)
    and (%(patron_id)s::bigint is null or patron_id = %(patron_id)s);
