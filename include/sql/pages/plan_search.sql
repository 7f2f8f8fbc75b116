-- Let each statement be planned for its own values until the end of the transaction.
--
-- Runs on     patron database, any, in a transaction
-- Used by     steps.list_records
-- Spec        none: speed only
--
-- Parameters  none
--
-- Returns     nothing of use
-- Repeatable  yes: the second call sets the same
--
-- A plan for any values would look into tables that cannot hold what is asked for. Where a list is
-- read by key, it ends after its first rows; a hash or a bitmap is made of all.

select
    set_config('plan_cache_mode', 'force_custom_plan', true) as plan_cache_mode,
    set_config('enable_bitmapscan', 'off', true) as bitmapscan,
    set_config('enable_hashjoin', 'off', true) as hashjoin,
    set_config('enable_seqscan', 'off', true) as seqscan;
