-- Count the records of a run whose card number was put aside as local, per library.
--
-- Runs on     patron database, read-only
-- Used by     steps.filter_local_cards, for the AUDIT lines
-- Spec        N3.5, N4.3
--
-- Parameters
--   run_id  uuid   the run
--
-- Returns     library, passed, out; counted in records, ordered by library
-- Repeatable  yes: reads only

select
    staged.library,
    count(*) filter (where staged.card_reason is distinct from 'LOCAL_CARD') as passed,
    count(*) filter (where staged.card_reason = 'LOCAL_CARD') as out
from patron_sync.staged_patron as staged
where staged.run_id = %(run_id)s
group by staged.library
order by staged.library;
