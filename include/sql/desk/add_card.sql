-- Give a patron a card number that nobody else has, or had.
--
-- Runs on     patron database, read-write, the transaction of the desk
-- Used by     desk.give_card
-- Spec        N3.2, N3.6
--
-- Parameters
--   patron_id    bigint  the patron
--   library      text    agency code
--   card_number  text    the number
--   kind         text    national or local
--   origin       text    librarian, cms_api, sequence or registry
--
-- Returns     card_id; no row where the number is somebody else's, here or at another library.
--             The same person may have the same national number at two libraries
-- Repeatable  yes: the patron's own number becomes active again

insert into cicero.card as card (patron_id, library, card_number, kind, origin)
select
    patron.patron_id,
    patron.library,
    %(card_number)s,
    %(kind)s,
    %(origin)s
from cicero.patron as patron
where patron.patron_id = %(patron_id)s
    and patron.library = %(library)s
    and not exists (
        select from cicero.card as other
        inner join cicero.patron as holder on other.patron_id = holder.patron_id
        where other.card_number = %(card_number)s
            and other.kind = 'national'
            and %(kind)s = 'national'
            and holder.patron_id <> patron.patron_id
            -- By national id, because a key is filled in by the next run.
            and (
                holder.national_id is null
                or holder.national_id is distinct from patron.national_id
            )
    )
    and not exists (
        select from patron_sync.taken_card_number as taken
        where taken.card_number = %(card_number)s
            and taken.patron_id <> patron.patron_id
    )
    and not exists (
        select from patron_sync.retired_card_number as retired
        where retired.card_number = %(card_number)s
    )
on conflict (library, card_number) do update
    set status = 'active', changed_at = clock_timestamp()
    where card.patron_id = excluded.patron_id
returning card_id;
