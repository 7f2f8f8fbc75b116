-- Decide what happens to planned values that both sides changed differently.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.plan_changes, after the statements that plan
-- Spec        X3, N1.3
--
-- Parameters
--   run_id  uuid   the run
--
-- Writes      patron_sync.plan: both sides' times; by the policy of the field the change stays
--             planned (sender_wins), waits for a person (hold), or is dropped because the target
--             changed later (newest_wins), so that the other job carries it
-- Repeatable  yes: libraries that have moved on are not touched

with conflict as (
    select
        plan.ctid as place,
        plan.target,
        case plan.field when 'card' then lib.card_policy else lib.pin_policy end as policy,
        staged.changed_at at time zone 'Europe/Oslo' as registry_changed_at,
        case plan.field when 'card' then card.changed_at else pin.changed_at end
            as cicero_changed_at
    from patron_sync.plan as plan
    inner join patron_sync.run_library as lib
        on plan.run_id = lib.run_id
        and plan.library = lib.library
    inner join patron_sync.staged_patron as staged
        on plan.run_id = staged.run_id
        and plan.library = staged.library
        and plan.record_no = staged.record_no
    left join cicero.card as card
        on plan.patron_id = card.patron_id
        and card.kind = 'national'
        and card.status = 'active'
    left join cicero.pin as pin on plan.patron_id = pin.patron_id
    where plan.run_id = %(run_id)s
        and lib.stage = 'assigned'
        and plan.is_conflict
        and plan.state = 'planned'
),

judged as (
    select
        conflict.*,
        case
            when conflict.policy = 'hold' then 'held'
            when conflict.policy = 'newest_wins' and case conflict.target
                when 'cicero' then conflict.cicero_changed_at > conflict.registry_changed_at
                else conflict.registry_changed_at > conflict.cicero_changed_at
            end then 'dropped'
            else 'planned'
        end as state
    from conflict
)

update patron_sync.plan as plan
set
    registry_changed_at = judged.registry_changed_at,
    cicero_changed_at = judged.cicero_changed_at,
    state = judged.state,
    outcome_reason = case judged.state
        when 'held' then 'CONFLICT'
        when 'dropped' then 'TARGET_NEWER'
    end,
    settled_at = case when judged.state = 'dropped' then clock_timestamp() end
from judged
where plan.ctid = judged.place;
