-- Remove the values that a run of a data sync has staged; a count of its records stays.
--
-- Runs on     patron database, read-write, a transaction of its own
-- Used by     steps.data_sync.forget_syncs
-- Spec        X8, X10
--
-- Parameters
--   run_id  uuid  the run
--
-- Writes      data_sync.staged and one row of data_sync.run; only of a run that has ended. Its row
--             is locked, so that nobody sets it going meanwhile
-- Repeatable  yes: the second call finds nothing

with old as (
    update data_sync.run
    set staging_gone_at = now(), page_cursor = null
    where run_id = %(run_id)s
        and state in ('succeeded', 'failed')
        and staging_gone_at is null
    returning run_id
)

update data_sync.staged as staged
set filters = null, fields = null
from old
where staged.run_id = old.run_id
    and (staged.fields is not null or staged.filters is not null);
