-- Give a run its window for one library.
--
-- Runs on     patron database, read-write, the transaction of open_run
-- Used by     steps.open_run
-- Spec        N1.5, N2.2, N2.3
--
-- Parameters
--   run_id       uuid        the run
--   library      text        agency code
--   stage        text        opened, or disabled
--   syncs_card   boolean     card numbers are synchronised
--   syncs_pin    boolean     PINs are synchronised
--   card_policy  text        what happens to card numbers that both sides changed
--   pin_policy   text        what happens to PINs that both sides changed
--   since_time   timestamp   registry's local time to read from; null in a push
--   is_whole     boolean     everything is read, not only changes
--   since_xid    text        first Cicero transaction to read; null for all, and in a pull
--
-- Writes      one row of patron_sync.run_library
-- Repeatable  yes: the window of the first call stays, an earlier failure is forgotten

with mark as (
    select
        pg_snapshot_xmin(pg_current_snapshot()) as until_xid,
        %(since_xid)s::text::xid8 as since_xid
)

insert into patron_sync.run_library (
    run_id, library, stage, syncs_card, syncs_pin, card_policy, pin_policy, since_time, since_xid,
    until_xid, is_whole
)
select
    %(run_id)s,
    %(library)s,
    %(stage)s,
    %(syncs_card)s,
    %(syncs_pin)s,
    %(card_policy)s,
    %(pin_policy)s,
    %(since_time)s,
    -- A mark ahead of the database is one of before a restore; then everything is read.
    case when mark.since_xid <= mark.until_xid then mark.since_xid end,
    mark.until_xid,
    %(is_whole)s
from mark
on conflict (run_id, library) do update set failure_code = null, failure_detail = null;
