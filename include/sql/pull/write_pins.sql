-- Write the planned PINs into Cicero.
--
-- Runs on     patron database, read-write, the transaction of one library and field
-- Used by     steps.apply_to_cicero
-- Spec        N1.3, N2.5
--
-- Parameters
--   run_id       uuid  the run
--   library      text  agency code
--   held_set_id  uuid  only what waited with this set; null for what never waited
--
-- Writes      cicero.pin; a PIN of the registry replaces a default one, never the other way; one
--             that changed since the plan was made stays
-- Repeatable  yes: the same PIN is not written twice

merge into cicero.pin as held
using (
    select
        plan.patron_id,
        plan.value_fingerprint as pin_fingerprint,
        plan.target_version,
        coalesce(staged.assigned_pin_encrypted, staged.pin_encrypted) as pin_encrypted,
        staged.assigned_pin_encrypted is not null as is_default
    from patron_sync.plan as plan
    inner join patron_sync.staged_patron as staged
        on plan.run_id = staged.run_id
        and plan.library = staged.library
        and plan.record_no = staged.record_no
    inner join cicero.patron as patron on plan.patron_id = patron.patron_id
    where plan.run_id = %(run_id)s
        and plan.library = %(library)s
        and plan.field = 'pin'
        and plan.target = 'cicero'
        and plan.state = 'planned'
        and (
            plan.held_set_id = %(held_set_id)s
            or %(held_set_id)s::uuid is null and plan.held_set_id is null
        )
) as fresh
    on held.patron_id = fresh.patron_id
when matched
    and not fresh.is_default
    and held.pin_fingerprint = fresh.target_version
    and held.pin_fingerprint <> fresh.pin_fingerprint then
    update set
        pin_encrypted = fresh.pin_encrypted,
        pin_fingerprint = fresh.pin_fingerprint,
        must_change = false,
        origin = 'registry',
        changed_at = clock_timestamp()
when not matched and fresh.target_version is null then
    insert (patron_id, pin_encrypted, pin_fingerprint, must_change, origin)
    values (
        fresh.patron_id, fresh.pin_encrypted, fresh.pin_fingerprint, fresh.is_default,
        case when fresh.is_default then 'default' else 'registry' end
    );
