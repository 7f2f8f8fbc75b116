-- Count who should be in the registry by all that is known, and who of them is not.
--
-- Runs on     patron database, read-only
-- Used by     steps.guard_changes
-- Spec        X2
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     library, expected, absent: patrons; libraries of a reconciliation's pull that are
--             planned, ordered
-- Repeatable  yes: reads only

select
    lib.library,
    coalesce(
        sum(drift.records) filter (where drift.kind in ('on_both_sides', 'not_in_registry')), 0
    ) as expected,
    coalesce(sum(drift.records) filter (where drift.kind = 'not_in_registry'), 0) as absent
from patron_sync.run_library as lib
left join patron_sync.drift as drift
    on lib.run_id = drift.run_id
    and lib.library = drift.library
    and drift.field = 'relation'
where lib.run_id = %(run_id)s
    and lib.stage = 'planned'
group by lib.library
order by lib.library;
