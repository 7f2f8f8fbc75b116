-- Remember the values that the registry has confirmed.
--
-- Runs on     patron database, read-write, the transaction of settle_records
-- Used by     steps.apply_to_registry
-- Spec        N1.4, X3
--
-- Parameters
--   run_id      uuid        the run
--   library     text        agency code
--   record_nos  integer[]   records of the batch
--
-- Writes      patron_sync.base
-- Repeatable  yes: an equal fingerprint is not written again

insert into patron_sync.base as base (library, person_key, field, fingerprint, run_id)
select
    plan.library,
    plan.person_key,
    plan.field,
    plan.value_fingerprint,
    plan.run_id
from patron_sync.plan as plan
where plan.run_id = %(run_id)s
    and plan.library = %(library)s
    and plan.target = 'registry'
    and plan.state = 'confirmed'
    and plan.action <> 'remove'
    and plan.record_no = any(%(record_nos)s)
on conflict (library, person_key, field) do update
    set
        fingerprint = excluded.fingerprint,
        run_id = excluded.run_id,
        agreed_at = clock_timestamp()
    where base.fingerprint <> excluded.fingerprint;
