-- Append an event for each thing in profiles that this transaction has taken back.
--
-- Runs on     patron database, read-write, the transaction that took back, after audit/lock_chain
-- Used by     ledger.audit_trail.AuditTrail.append_profile_reversals
-- Spec        X7, X9, X10
--
-- Parameters
--   run_id  uuid  the run that is taken back
--
-- Writes      patron_sync.audit_event, in the order record, kind, field; numbers of profiles and
--             names of fields, no values
-- Repeatable  no: a second call in the same transaction appends the same again

with run as materialized (
    select
        run.run_id,
        left(run.plan_id, 16) as plan_id,
        clock_timestamp() as at
    from data_sync.run as run
    where run.run_id = %(run_id)s
),

head as materialized (
    select
        run.plan_id,
        run.at,
        patron_sync.audit_origin(
            run.at, 'write', 'data', null, run.run_id, run.plan_id, 'undo'
        ) as origin,
        last.event_no,
        last.digest
    from run
    cross join patron_sync.audit_head() as last
),

reversed as (
    select
        reversal.record_no,
        reversal.kind,
        nullif(reversal.field, '') as field,
        jsonb_build_object(
            'kind', reversal.kind, 'profile', plan.profile_id, 'record', reversal.record_no
        ) as detail
    from data_sync.reversal as reversal
    inner join data_sync.plan as plan
        on reversal.run_id = plan.run_id
        and reversal.record_no = plan.record_no
    where reversal.run_id = %(run_id)s
        and reversal.state = 'reversed'
        and reversal.judged_at >= transaction_timestamp()
)

insert into patron_sync.audit_event (
    event_no, at, kind, flow, run_id, plan_id, step, target, field, action, state, detail, digest
)
select
    (select head.event_no from head) + row_number() over in_order,
    (select head.at from head),
    'write',
    'data',
    %(run_id)s,
    (select head.plan_id from head),
    'undo',
    'profiles',
    reversed.field,
    'undo',
    'reversed',
    reversed.detail,
    patron_sync.audit_digest(
        convert_to(patron_sync.audit_text(
            (select head.origin from head), 'profiles', reversed.field, 'undo', null, 'reversed',
            null, null, null, reversed.detail
        ), 'UTF8'),
        (select head.digest from head)
    ) over in_order
from reversed
window in_order as (
    order by reversed.record_no, reversed.kind, reversed.field rows unbounded preceding
);
