-- List the patrons whom an earlier run could not deal with, who still consent, and of whom the
-- feed has told nothing new.
--
-- Runs on     patron database, read-only
-- Used by     steps.stage_registry_changes
-- Spec        N3.1, X5
--
-- Parameters
--   run_id   uuid   the run
--   library  text   agency code
--
-- Returns     patron_id, person_key, national_id; ordered by patron_id
-- Repeatable  yes: reads only

select
    patron.patron_id,
    patron.person_key,
    patron.national_id
from patron_sync.pending as pending
inner join cicero.patron as patron on pending.patron_id = patron.patron_id
inner join cicero.consent as consent on patron.patron_id = consent.patron_id
where pending.flow = 'pull'
    and not pending.waits
    and pending.library = %(library)s
    and patron.person_key is not null
    and not exists (
        select from patron_sync.staged_patron as staged
        where staged.run_id = %(run_id)s
            and staged.library = pending.library
            and staged.person_key = patron.person_key
    )
    and consent.consent_type = 'SYNC_WITH_NATIONAL_REGISTRY'
    and consent.withdrawn_at is null
order by patron.patron_id;
