-- Remove what ended runs left in the staging area longer ago than it may stay.
--
-- Runs on     patron database, read-write, the transaction of open_run
-- Used by     steps.open_run
-- Spec        X10
--
-- Parameters
--   keep_days  integer   days after the end of a run
--
-- Writes      deletes rows of patron_sync.staged_patron
-- Repeatable  yes: the second call finds nothing

delete from patron_sync.staged_patron as staged
using patron_sync.run as run
where staged.run_id = run.run_id
    and run.started_at < now() - make_interval(days => %(keep_days)s);
