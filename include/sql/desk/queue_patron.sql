-- Tell the next push of a patron, and what it is to do.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.create_patron
-- Spec        N3.2, N3.4
--
-- Parameters
--   library    text    agency code
--   patron_id  bigint  the patron
--   reason     text    what the push is to do: UPSERT, NEW_RECORD and so on
--
-- Writes      one row of patron_sync.pending
-- Repeatable  yes: who waits already stays, no longer for a person, and is not settled by a run
--             that is under way

insert into patron_sync.pending as pending (flow, library, patron_id, reason, attempts)
values ('push', %(library)s, %(patron_id)s, %(reason)s, 0)
on conflict (flow, library, patron_id) do update
    set
        waits = false,
        reason = case when pending.waits then excluded.reason else pending.reason end,
        raised_xid = excluded.raised_xid;
