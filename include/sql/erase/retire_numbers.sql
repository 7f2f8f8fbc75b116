-- Part reserved numbers from the person whom they were reserved for.
--
-- Runs on     patron database, read-write, the transaction of the erasure
-- Used by     steps.erase_person
-- Spec        X10, N2.4
--
-- Parameters
--   patron_ids  bigint[]   the person's patrons
--
-- Writes      moves rows of patron_sync.taken_card_number to retired_card_number: the number alone,
--             so that it is never given to anybody
-- Repeatable  yes: the second call finds nothing

with taken as (
    delete from patron_sync.taken_card_number as reserved
    where reserved.patron_id = any(%(patron_ids)s)
    returning reserved.card_number
)

insert into patron_sync.retired_card_number (card_number)
select taken.card_number
from taken
on conflict (card_number) do nothing;
