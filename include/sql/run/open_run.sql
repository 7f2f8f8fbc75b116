-- Write down that a run begins, or begins again after it was cleared.
--
-- Runs on     patron database, read-write, the transaction of open_run
-- Used by     steps.open_run
-- Spec        N4.1
--
-- Parameters
--   run_id             uuid      the run
--   flow               text      pull or push
--   is_full            boolean   read everything, not only changes
--   is_dry_run         boolean   stop after the plan
--   config_digest      text      SHA-256 of the configuration that the run uses
--   asked_by           text      who started it
--   reconciliation_id  uuid      the pull of the reconciliation it is a part of, or null
--
-- Writes      one row of patron_sync.run
-- Repeatable  yes: an existing run is set back to running

insert into patron_sync.run (
    run_id, flow, is_full, is_dry_run, config_digest, asked_by, reconciliation_id
)
values (
    %(run_id)s, %(flow)s, %(is_full)s, %(is_dry_run)s, %(config_digest)s, %(asked_by)s,
    %(reconciliation_id)s
)
on conflict (run_id) do update set state = 'running', finished_at = null;
