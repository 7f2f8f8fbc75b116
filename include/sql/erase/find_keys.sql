-- Find the person keys of some patrons: of today, or the last one of a patron who is gone.
--
-- Runs on     patron database, read-only
-- Used by     steps.erase_person
-- Spec        X10
--
-- Parameters
--   patron_ids  bigint[]   the patrons
--
-- Returns     person_key; an earlier key of a patron who is here is left out, because a national id
--             that was corrected may be another person's
-- Repeatable  yes: reads only

select patron.person_key
from cicero.patron as patron
where patron.patron_id = any(%(patron_ids)s)
    and patron.person_key is not null
union
select trace.person_key
from (
    select
        deleted.patron_id,
        deleted.person_key
    from cicero.deleted_patron as deleted
    where deleted.patron_id = any(%(patron_ids)s)
    union
    select
        plan.patron_id,
        plan.person_key
    from patron_sync.plan as plan
    where plan.patron_id = any(%(patron_ids)s)
    union
    select
        verdict.patron_id,
        verdict.person_key
    from patron_sync.verdict as verdict
    where verdict.patron_id = any(%(patron_ids)s)
    union
    select
        journal.patron_id,
        journal.person_key
    from patron_sync.journal as journal
    where journal.patron_id = any(%(patron_ids)s)
    union
    select
        staged.patron_id,
        staged.person_key
    from patron_sync.staged_patron as staged
    where staged.patron_id = any(%(patron_ids)s)
) as trace
where trace.person_key is not null
    and not exists (
        select from cicero.patron as patron
        where patron.patron_id = trace.patron_id
    );
