-- Tell how many card numbers each library has left.
--
-- Runs on     patron database, read-only
-- Used by     steps.alerts.find_alerts
-- Spec        N2.4, N2.6
--
-- Parameters
--   libraries  text[]   agency codes that are enabled
--
-- Returns     library, numbers_left, percent_left (rounded down); ordered by library
-- Repeatable  yes: reads only

select
    sequence.library,
    sequence.last_value - sequence.next_value + 1 as numbers_left,
    floor(
        100.0 * (sequence.last_value - sequence.next_value + 1)
        / (sequence.last_value - sequence.first_value + 1)
    )::integer as percent_left
from patron_sync.card_sequence as sequence
where sequence.library = any(%(libraries)s)
order by sequence.library;
