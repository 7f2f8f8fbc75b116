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
-- Repeatable  yes: a patron who is pending already stays, no longer waits for a person, and is not
--             settled by a run that is under way

insert into patron_sync.pending as pending (flow, library, patron_id, reason)
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
        and staged.registry_card_number is distinct from staged.card_number
        and staged.registry_card_number is not null
        and not exists (
            select from patron_sync.plan as sent
            where sent.run_id = staged.run_id
                and sent.library = staged.library
                and sent.record_no = staged.record_no
                and sent.field = 'card'
                and sent.state in ('confirmed', 'held')
        )
        or lib.syncs_pin
        and staged.registry_pin_fingerprint is distinct from staged.pin_fingerprint
        and staged.registry_pin_fingerprint is not null
        and not exists (
            select from patron_sync.plan as sent
            where sent.run_id = staged.run_id
                and sent.library = staged.library
                and sent.record_no = staged.record_no
                and sent.field = 'pin'
                and sent.state in ('confirmed', 'held')
        )
    )
on conflict (flow, library, patron_id) do update
    set
        waits = false,
        reason = case when pending.waits then excluded.reason else pending.reason end,
        raised_xid = excluded.raised_xid;
