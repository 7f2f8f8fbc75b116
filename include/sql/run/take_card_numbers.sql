-- Take a block of numbers from a library's card sequence.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.assign_cards_and_pins
-- Spec        N2.4, N2.6
--
-- Parameters
--   library  text      agency code
--   count    integer   how many numbers are wanted
--
-- Returns     prefix, width, first_taken and last_taken of the block; last_taken is lower than
--             first_taken when the sequence has no numbers left
-- Repeatable  no: each call takes other numbers; the row lock makes callers wait for each other

with before as (
    select
        sequence.library,
        sequence.next_value as first_taken,
        least(sequence.next_value + %(count)s, sequence.last_value + 1) as next_value
    from patron_sync.card_sequence as sequence
    where sequence.library = %(library)s
    for update
)

update patron_sync.card_sequence as sequence
set next_value = before.next_value
from before
where sequence.library = before.library
returning
    sequence.prefix,
    sequence.width,
    before.first_taken,
    sequence.next_value - 1 as last_taken;
