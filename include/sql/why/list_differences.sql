-- Tell in which fields both sides differ on purpose, because a run was undone.
--
-- Runs on     patron database, read-only
-- Used by     steps.explain_patron
-- Spec        X6, X7
--
-- Parameters
--   patron_ids  bigint[]   the patrons
--
-- Returns     patron_id, field, since; ordered by patron_id, field
-- Repeatable  yes: reads only

select
    patron.patron_id,
    difference.field,
    difference.since
from cicero.patron as patron
inner join patron_sync.difference as difference
    on patron.library = difference.library
    and patron.person_key = difference.person_key
where patron.patron_id = any(%(patron_ids)s::bigint[])
    and not exists (
        select from patron_sync.base as base
        where base.library = difference.library
            and base.person_key = difference.person_key
            and base.field = difference.field
    )
order by patron.patron_id, difference.field;
