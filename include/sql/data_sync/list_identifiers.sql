-- List the numbers by which other systems can know some patrons, and that are nobody else's.
--
-- Runs on     patron database, read-only
-- Used by     steps.data_sync.find_records
-- Spec        X6, X10
--
-- Parameters
--   patron_ids  bigint[]   the patrons
--
-- Returns     is_card, number: national cards, in force or not, and national ids; ordered. Local
--             card numbers are left out, because other libraries may have given them to others, and
--             so are national ids that a patron who is here had by mistake
-- Repeatable  yes: reads only

select
    true as is_card,
    card.card_number as number
from cicero.card as card
where card.patron_id = any(%(patron_ids)s::bigint[])
    and card.kind = 'national'
union
select
    false as is_card,
    patron.national_id as number
from cicero.patron as patron
where patron.patron_id = any(%(patron_ids)s::bigint[])
    and patron.national_id is not null
union
select
    false as is_card,
    deleted.national_id as number
from cicero.deleted_patron as deleted
where deleted.patron_id = any(%(patron_ids)s::bigint[])
    and deleted.national_id is not null
    and not exists (
        select from cicero.patron as patron
        where patron.patron_id = deleted.patron_id
    )
order by is_card, number;
