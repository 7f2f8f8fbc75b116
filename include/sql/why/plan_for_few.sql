-- Let the planner expect few rows until the end of the transaction.
--
-- Runs on     patron database, any, in a transaction
-- Used by     steps.rehearse_patron
-- Spec        X6
--
-- Parameters  none
--
-- Returns     nothing of use
-- Repeatable  yes: the second call sets the same
--
-- Statements made for a night of 100,000 records are run for one here, and the statistics know
-- nothing of its run: a run of average size would be expected, and whole tables read.

select
    set_config('enable_hashjoin', 'off', true) as hashjoin,
    set_config('enable_mergejoin', 'off', true) as mergejoin,
    set_config('enable_seqscan', 'off', true) as seqscan;
