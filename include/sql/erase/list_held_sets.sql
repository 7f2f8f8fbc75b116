-- List the held sets in which changes of a person wait.
--
-- Runs on     patron database, read-only, the transaction that removes them, before it
-- Used by     steps.erase_person, desk.withdraw_consent
-- Spec        X10, X2
--
-- Parameters
--   patron_ids   bigint[]   the person's patrons
--   person_keys  bytea[]    the person's keys
--
-- Returns     held_set_id of sets that are not carried out yet; ordered
-- Repeatable  yes: reads only

select held.held_set_id
from patron_sync.held_set as held
where held.state in ('open', 'approved')
    -- What is being carried out is no longer compared with its digest.
    and not exists (
        select from patron_sync.plan as begun
        where begun.held_set_id = held.held_set_id
            and begun.state in ('planned', 'sent', 'confirmed', 'failed')
    )
    and exists (
        select from patron_sync.plan as plan
        where plan.held_set_id = held.held_set_id
            and (
                plan.patron_id = any(%(patron_ids)s)
                or plan.person_key = any(%(person_keys)s)
            )
    )
order by held.held_set_id;
