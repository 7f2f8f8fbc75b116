-- Append an event for each planned change of a library that this transaction has settled.
--
-- Runs on     patron database, read-write, the transaction that settled, after audit/lock_chain
-- Used by     ledger.audit_trail.AuditTrail.append_writes
-- Spec        X9, X10
--
-- Parameters
--   run_id    uuid      the run
--   library   text      agency code
--   target    text      cicero or registry
--   fields    text[]    the fields that this transaction has settled
--   first_no  integer   first record of the batch
--   last_no   integer   last record of the batch
--
-- Writes      patron_sync.audit_event, in the order record, field; pseudonyms, no values
-- Repeatable  no: a second call in the same transaction appends the same again
--
-- What all events share is asked for once and not carried through the sort: 65,000 events take a
-- quarter less time.

with run as materialized (
    select
        run.run_id,
        run.flow,
        left(run.plan_id, 16) as plan_id,
        clock_timestamp() as at
    from patron_sync.run as run
    where run.run_id = %(run_id)s
),

head as materialized (
    select
        run.flow,
        run.plan_id,
        run.at,
        patron_sync.audit_origin(
            run.at, 'write', run.flow, %(library)s, run.run_id, run.plan_id, 'load'
        ) as origin,
        last.event_no,
        last.digest
    from run
    cross join patron_sync.audit_head() as last
)

insert into patron_sync.audit_event (
    event_no, at, kind, flow, library, run_id, plan_id, step, target, field, action, rule, state,
    reason, person, digest
)
select
    (select head.event_no from head) + row_number() over in_order,
    (select head.at from head),
    'write',
    (select head.flow from head),
    plan.library,
    plan.run_id,
    (select head.plan_id from head),
    'load',
    plan.target,
    plan.field,
    plan.action,
    plan.reason,
    plan.state,
    plan.outcome_reason,
    encode(substring(plan.person_key from 1 for 5), 'hex'),
    patron_sync.audit_digest(
        convert_to(patron_sync.audit_text(
            (select head.origin from head), plan.target, plan.field, plan.action, plan.reason,
            plan.state, plan.outcome_reason,
            encode(substring(plan.person_key from 1 for 5), 'hex'), null, null
        ), 'UTF8'),
        (select head.digest from head)
    ) over in_order
from patron_sync.plan as plan
where plan.run_id = %(run_id)s
    and plan.library = %(library)s
    and plan.target = %(target)s
    and plan.field = any(%(fields)s)
    and plan.record_no between %(first_no)s and %(last_no)s
    and plan.state in ('confirmed', 'failed', 'dropped')
    and plan.settled_at >= transaction_timestamp()
window in_order as (
    order by plan.record_no, plan.field rows unbounded preceding
);
