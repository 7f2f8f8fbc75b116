-- Add a number series that counts as national in a run.
--
-- Runs on     patron database, read-write, the transaction of open_run
-- Used by     steps.open_run
-- Spec        N2.6, N3.5
--
-- Parameters
--   run_id        uuid   the run
--   prefix        text   letters before the digits
--   first_digits  text   digits of the first number
--   last_digits   text   digits of the last number
--
-- Writes      one row of patron_sync.run_series
-- Repeatable  yes: a series already there is left as it is

insert into patron_sync.run_series (run_id, prefix, first_digits, last_digits)
values (%(run_id)s, %(prefix)s, %(first_digits)s, %(last_digits)s)
on conflict (run_id, prefix, first_digits) do nothing;
