-- List what the registry held, as the look-up told, of records that are about to be sent.
--
-- Runs on     patron database, read-only, the transaction that marks the batch as sent
-- Used by     steps.keep_journal
-- Spec        X7
--
-- Parameters
--   run_id       uuid       the run
--   library      text       agency code
--   record_nos   integer[]  records of the batch
--   held_set_id  uuid       only what waited with this set; null for what never waited
--
-- Returns     record_no, field, patron_id, person_key, action, new_fingerprint, card_number,
--             pin_encrypted, pin_fingerprint, is_known (false where nobody looked or the PIN cannot
--             be read); what is marked as sent is in the journal already and left out
-- Repeatable  yes: reads only

select
    plan.record_no,
    plan.field,
    plan.patron_id,
    plan.person_key,
    plan.action,
    plan.value_fingerprint as new_fingerprint,
    case when plan.field = 'card' then staged.registry_card_number end as card_number,
    case when plan.field = 'pin' then staged.registry_pin_encrypted end as pin_encrypted,
    case when plan.field = 'pin' then staged.registry_pin_fingerprint end as pin_fingerprint,
    case plan.field
        when 'relation' then true
        when 'card' then staged.registry_state is not null
        else staged.registry_state is not null
            and (
                staged.registry_pin_fingerprint is null and staged.pin_reason is null
                or staged.registry_pin_encrypted is not null
            )
    end as is_known
from patron_sync.plan as plan
inner join patron_sync.staged_patron as staged
    on plan.run_id = staged.run_id
    and plan.library = staged.library
    and plan.record_no = staged.record_no
where plan.run_id = %(run_id)s
    and plan.library = %(library)s
    and plan.target = 'registry'
    and plan.state = 'planned'
    and (
        plan.held_set_id = %(held_set_id)s
        or %(held_set_id)s::uuid is null and plan.held_set_id is null
    )
    and plan.record_no = any(%(record_nos)s)
order by plan.record_no, plan.field;
