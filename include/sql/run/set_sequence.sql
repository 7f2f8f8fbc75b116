-- Bring a library's card sequence in step with its configuration.
--
-- Runs on     patron database, read-write, the transaction of open_run
-- Used by     steps.open_run
-- Spec        N2.4, N2.6
--
-- Parameters
--   library      text     agency code
--   prefix       text     letters before the digits
--   first_value  bigint   first number
--   last_value   bigint   last number
--   next_value   bigint   the number to start with
--   width        integer  number of digits
--
-- Writes      one row of patron_sync.card_sequence
-- Repeatable  yes: within an unchanged range the next number never goes back

insert into patron_sync.card_sequence (
    library, prefix, first_value, last_value, next_value, width
)
values (
    %(library)s, %(prefix)s, %(first_value)s, %(last_value)s, %(next_value)s, %(width)s
)
on conflict (library) do update
    set
        prefix = excluded.prefix,
        first_value = excluded.first_value,
        last_value = excluded.last_value,
        width = excluded.width,
        next_value = case
            when card_sequence.prefix = excluded.prefix
                and card_sequence.width = excluded.width
                and card_sequence.next_value
                between excluded.first_value and excluded.last_value + 1
                then greatest(card_sequence.next_value, excluded.next_value)
            else excluded.next_value
        end;
