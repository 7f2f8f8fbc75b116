-- Ask the next pull to compare patrons whom the registry knows better than Cicero.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.apply_to_registry
-- Spec        N3.2, N3.4, N3.5
--
-- Parameters
--   run_id   uuid   the run
--   library  text   agency code
--
-- Writes      patron_sync.pending of the pull
-- Repeatable  yes: a patron who is pending already is left as they are

insert into patron_sync.pending (flow, library, patron_id, reason)
select
    'pull',
    staged.library,
    staged.patron_id,
    'NOT_YET_COMPARED'
from patron_sync.staged_patron as staged
inner join patron_sync.run_library as lib
    on staged.run_id = lib.run_id
    and staged.library = lib.library
where staged.run_id = %(run_id)s
    and staged.library = %(library)s
    and staged.registry_state = 'found'
    and (
        lib.syncs_card
        and staged.registry_card_number is not null
        and (staged.card_number is null or staged.card_origin = 'sequence')
        and staged.registry_card_number is distinct from staged.card_number
        or lib.syncs_pin
        and (staged.registry_pin_fingerprint is not null or staged.pin_reason is not null)
        and staged.pin_fingerprint is null
    )
on conflict (flow, library, patron_id) do nothing;
