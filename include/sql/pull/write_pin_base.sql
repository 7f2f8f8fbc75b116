-- Remember the PINs on which the registry and Cicero now agree.
--
-- Runs on     patron database, read-write, the transaction of one library and field
-- Used by     steps.apply_to_cicero, after settle_plan
-- Spec        N1.4, X3
--
-- Parameters
--   run_id       uuid   the run
--   library      text   agency code
--   held_set_id  uuid   only what this set wrote, long after the reading; null for all
--
-- Writes      patron_sync.base, where it differs
-- Repeatable  yes: an equal fingerprint is not written again
--
-- Equal values are the rule; "coalesce" keeps the planner from taking them for an accident.

merge into patron_sync.base as base
using (
    select
        staged.library,
        staged.person_key,
        staged.pin_fingerprint as fingerprint,
        staged.run_id
    from patron_sync.staged_patron as staged
    inner join cicero.pin as pin
        on staged.patron_id = pin.patron_id
        and coalesce(staged.pin_fingerprint = pin.pin_fingerprint, false)
        and not pin.must_change
    where staged.run_id = %(run_id)s
        and staged.library = %(library)s
        and (
            %(held_set_id)s::uuid is null
            or staged.record_no in (
                select plan.record_no
                from patron_sync.plan as plan
                where plan.held_set_id = %(held_set_id)s
                    and plan.field = 'pin'
                    and plan.state = 'confirmed'
            )
        )
) as agreed
    on base.library = agreed.library
    and base.person_key = agreed.person_key
    and base.field = 'pin'
when matched and base.fingerprint <> agreed.fingerprint then
    update set
        fingerprint = agreed.fingerprint,
        run_id = agreed.run_id,
        agreed_at = clock_timestamp()
when not matched then
    insert (library, person_key, field, fingerprint, run_id)
    values (agreed.library, agreed.person_key, 'pin', agreed.fingerprint, agreed.run_id);
