-- Add a number that is off to the account of a library.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.report_run
-- Spec        X4
--
-- Parameters
--   run_id    uuid     the run
--   library   text     agency code
--   number    text     name of the number
--   expected  bigint   what it should be
--   found     bigint   what it is
--
-- Writes      one row of patron_sync.account
-- Repeatable  no: each call adds one; the step stores the account anew before

update patron_sync.account
set
    mismatches = mismatches || jsonb_build_object(
        'number', %(number)s::text, 'expected', %(expected)s::bigint, 'found', %(found)s::bigint
    )
where run_id = %(run_id)s
    and library = %(library)s;
