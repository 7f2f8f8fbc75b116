-- Remember the values that a look-up showed to be equal on both sides.
--
-- Runs on     patron database, read-write, the transaction of one library
-- Used by     steps.apply_to_registry
-- Spec        N1.4, X3
--
-- Parameters
--   run_id     uuid    the run
--   library    text    agency code
--   inner_pad  bytea   HMAC pad of the fingerprint key
--   outer_pad  bytea   HMAC pad of the fingerprint key
--
-- Writes      patron_sync.base
-- Repeatable  yes: an equal fingerprint is not written again

insert into patron_sync.base as base (library, person_key, field, fingerprint, run_id)
select
    staged.library,
    staged.person_key,
    'card',
    patron_sync.fingerprint(
        staged.person_key, 'card', staged.card_number, %(inner_pad)s, %(outer_pad)s
    ),
    staged.run_id
from patron_sync.staged_patron as staged
where staged.run_id = %(run_id)s
    and staged.library = %(library)s
    and staged.registry_state = 'found'
    and staged.registry_card_number = staged.card_number
union all
select
    staged.library,
    staged.person_key,
    'pin',
    staged.pin_fingerprint,
    staged.run_id
from patron_sync.staged_patron as staged
where staged.run_id = %(run_id)s
    and staged.library = %(library)s
    and staged.registry_state = 'found'
    and staged.registry_pin_fingerprint = staged.pin_fingerprint
on conflict (library, person_key, field) do update
    set
        fingerprint = excluded.fingerprint,
        run_id = excluded.run_id,
        agreed_at = clock_timestamp()
    where base.fingerprint <> excluded.fingerprint;
