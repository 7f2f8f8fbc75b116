-- Find the patrons whom somebody names, deleted ones too.
--
-- Runs on     patron database, read-only
-- Used by     steps.erase_person
-- Spec        X10
--
-- Parameters
--   patron_id    bigint   Cicero's number of the patron, or null
--   card_number  text     a card number, or null
--   national_id  text     a national id, for patrons without a key yet, or null
--   person_key   bytea    key of the same national id, or null
--
-- Returns     patron_id, person_key (of today; null where the patron is gone), national_id (only
--             where it has no key yet); ordered by patron_id
-- Repeatable  yes: reads only

select
    asked.patron_id,
    patron.person_key,
    case
        when patron.patron_id is not null and patron.person_key is null then patron.national_id
        when patron.patron_id is null then (
            select min(deleted.national_id)
            from cicero.deleted_patron as deleted
            where deleted.patron_id = asked.patron_id
                and deleted.person_key is null
        )
    end as national_id
from (
    select %(patron_id)s::bigint as patron_id
    where %(patron_id)s::bigint is not null
    union
    select card.patron_id
    from cicero.card as card
    where card.card_number = %(card_number)s::text
    union
    select taken.patron_id
    from patron_sync.taken_card_number as taken
    where taken.card_number = %(card_number)s::text
    union
    select staged.patron_id
    from patron_sync.staged_patron as staged
    where %(card_number)s::text in (
            staged.card_number, staged.registry_card_number, staged.assigned_card_number
        )
        and staged.patron_id is not null
    union
    select known.patron_id
    from cicero.patron as known
    where known.national_id = %(national_id)s::text
        or known.person_key = %(person_key)s::bytea
    union
    select deleted.patron_id
    from cicero.deleted_patron as deleted
    where deleted.national_id = %(national_id)s::text
        and deleted.person_key is null
) as asked
left join cicero.patron as patron on asked.patron_id = patron.patron_id
order by asked.patron_id;
