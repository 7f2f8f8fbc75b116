-- List how both sides compared in a reconciliation.
--
-- Runs on     patron database, read-only
-- Used by     steps.compare_sides
-- Spec        X3, X4
--
-- Parameters
--   run_id  uuid   the pull of a reconciliation
--
-- Returns     library, field, kind, records; ordered by library, field, kind
-- Repeatable  yes: reads only

select
    drift.library,
    drift.field,
    drift.kind,
    drift.records
from patron_sync.drift as drift
where drift.run_id = %(run_id)s
order by drift.library, drift.field, drift.kind;
