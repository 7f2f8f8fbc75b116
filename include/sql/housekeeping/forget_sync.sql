-- Remove the records of an old run of a data sync; its row with its account stays.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.data_sync.forget_syncs
-- Spec        X10, X2
--
-- Parameters
--   run_id   uuid   the run
--   account  jsonb  what became of its records, for a run that ended without an account
--
-- Writes      deletes rows of data_sync.staged, verdict, match, plan, reversal and run_condition;
--             says so in data_sync.run, which limits compare with. Only of a run that has ended
-- Returns     one row: is_gone, false where the run goes on again; rows
-- Repeatable  yes: the second call finds nothing

with old as (
    update data_sync.run
    set
        records_gone_at = now(),
        values_gone_at = coalesce(values_gone_at, now()),
        staging_gone_at = coalesce(staging_gone_at, now()),
        page_cursor = null,
        account = coalesce(account, %(account)s::jsonb)
    where run_id = %(run_id)s
        and state in ('succeeded', 'failed')
        and records_gone_at is null
    returning run_id
),

staged as (
    delete from data_sync.staged as gone
    using old
    where gone.run_id = old.run_id
    returning gone.run_id
),

judged as (
    delete from data_sync.verdict as gone
    using old
    where gone.run_id = old.run_id
    returning gone.run_id
),

matched as (
    delete from data_sync.match as gone
    using old
    where gone.run_id = old.run_id
    returning gone.run_id
),

planned as (
    delete from data_sync.plan as gone
    using old
    where gone.run_id = old.run_id
    returning gone.run_id
),

reversed as (
    delete from data_sync.reversal as gone
    using old
    where gone.run_id = old.run_id
    returning gone.run_id
),

filtered as (
    delete from data_sync.run_condition as gone
    using old
    where gone.run_id = old.run_id
    returning gone.run_id
)

select
    exists(select from old) as is_gone,
    (select count(*) from staged)
    + (select count(*) from judged)
    + (select count(*) from matched)
    + (select count(*) from planned)
    + (select count(*) from reversed)
    + (select count(*) from filtered) as rows;
