-- Add the planned card numbers to their patrons, beside any card that they replace.
--
-- Runs on     patron database, read-write, the transaction of one library and field
-- Used by     steps.apply_to_cicero
-- Spec        N1.3, N2.4, N3.5
--
-- Parameters
--   run_id       uuid  the run
--   library      text  agency code
--   held_set_id  uuid  only what waited with this set; null for what never waited
--
-- Writes      cicero.card; a number that replaces another one waits as replaced until
--             activate_cards, so that no moment has two national cards, or none
-- Repeatable  yes: a number that exists is left as it is

insert into cicero.card (patron_id, library, card_number, kind, status, origin)
select
    plan.patron_id,
    plan.library,
    coalesce(staged.assigned_card_number, staged.card_number),
    case
        when staged.assigned_card_number is null then 'national'
        when exists (
            select from patron_sync.run_series as series
            where series.run_id = plan.run_id
                and series.prefix = 'N'
                and length(series.first_digits) = 9
                and staged.assigned_card_number ~ '^N\d{9}$'
                and substr(staged.assigned_card_number, 2)
                between series.first_digits and series.last_digits
        ) then 'national'
        else 'local'
    end,
    case
        when exists (
            select from cicero.card as held
            where held.patron_id = plan.patron_id
                and held.kind = 'national'
                and held.status = 'active'
        ) then 'replaced'
        else 'active'
    end,
    case when staged.assigned_card_number is null then 'registry' else 'sequence' end
from patron_sync.plan as plan
inner join patron_sync.staged_patron as staged
    on plan.run_id = staged.run_id
    and plan.library = staged.library
    and plan.record_no = staged.record_no
inner join cicero.patron as patron on plan.patron_id = patron.patron_id
where plan.run_id = %(run_id)s
    and plan.library = %(library)s
    and plan.field = 'card'
    and plan.target = 'cicero'
    and plan.state = 'planned'
    and (
        plan.held_set_id = %(held_set_id)s
        or %(held_set_id)s::uuid is null and plan.held_set_id is null
    )
    and plan.target_version is not distinct from (
        select convert_to(held.card_id::text, 'UTF8')
        from cicero.card as held
        where held.patron_id = plan.patron_id
            and held.kind = 'national'
            and held.status = 'active'
    )
on conflict do nothing;
