-- Measure how many changes wait for a person, and how many card numbers are left.
--
-- Runs on     patron database, read-only
-- Used by     steps.alerts.measure
-- Spec        N2.4, X2
--
-- Parameters  none
--
-- Returns     library, held (changes), sequence_left (numbers); ordered by library
-- Repeatable  yes: reads only

select
    sequence.library,
    coalesce(sum(held.changes), 0)::bigint as held,
    sequence.last_value - sequence.next_value + 1 as sequence_left
from patron_sync.card_sequence as sequence
left join patron_sync.held_set as held
    on sequence.library = held.library
    and held.state = 'open'
    and held.expires_at > now()
group by sequence.library
order by sequence.library;
