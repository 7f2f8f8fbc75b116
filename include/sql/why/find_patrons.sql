-- Find who is asked about, and the same person at other libraries.
--
-- Runs on     patron database, read-only
-- Used by     steps.explain_patron
-- Spec        X6
--
-- Parameters
--   patron_id    bigint   Cicero's number of the patron, or null
--   card_number  text     a card number, or null
--   person_key   bytea    key of a national id, or null
--   national_id  text     the same national id, for patrons without a key yet, or null
--   libraries    text[]   agency codes of all libraries
--
-- Returns     patron_id, library, person_key, is_asked_for (not only the same person), is_here,
--             deleted_at of the last deletion; ordered by library, patron_id
-- Repeatable  yes: reads only

with asked as (
    select patron.patron_id
    from cicero.patron as patron
    where patron.patron_id = %(patron_id)s::bigint
    union
    select deleted.patron_id
    from cicero.deleted_patron as deleted
    where deleted.patron_id = %(patron_id)s::bigint
    union
    select card.patron_id
    from cicero.card as card
    where card.card_number = %(card_number)s
    union
    select taken.patron_id
    from patron_sync.taken_card_number as taken
    where taken.card_number = %(card_number)s
    union
    select patron.patron_id
    from cicero.patron as patron
    where patron.person_key = %(person_key)s
    union
    select deleted.patron_id
    from cicero.deleted_patron as deleted
    where deleted.person_key = %(person_key)s
    union
    select patron.patron_id
    from cicero.patron as patron
    where patron.library = any(%(libraries)s)
        and patron.national_id = %(national_id)s
),

person as (
    select patron.person_key
    from asked
    inner join cicero.patron as patron on asked.patron_id = patron.patron_id
    where patron.person_key is not null
    union
    select deleted.person_key
    from asked
    inner join cicero.deleted_patron as deleted on asked.patron_id = deleted.patron_id
    where deleted.person_key is not null
),

found as (
    select asked.patron_id
    from asked
    union
    select patron.patron_id
    from person
    inner join cicero.patron as patron on person.person_key = patron.person_key
    union
    select deleted.patron_id
    from person
    inner join cicero.deleted_patron as deleted on person.person_key = deleted.person_key
)

select
    found.patron_id,
    coalesce(patron.library, last_deletion.library) as library,
    coalesce(patron.person_key, last_deletion.person_key) as person_key,
    found.patron_id in (select asked.patron_id from asked) as is_asked_for,
    patron.patron_id is not null as is_here,
    last_deletion.deleted_at
from found
left join cicero.patron as patron on found.patron_id = patron.patron_id
left join lateral (
    select
        deleted.library,
        deleted.person_key,
        deleted.deleted_at
    from cicero.deleted_patron as deleted
    where deleted.patron_id = found.patron_id
    order by deleted.deletion_id desc
    limit 1
) as last_deletion on true
where coalesce(patron.library, last_deletion.library) is not null
order by library, found.patron_id;
