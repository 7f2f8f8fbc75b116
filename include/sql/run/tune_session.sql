-- Give a connection of the ledger the memory that joins over all patrons of a library need.
--
-- Runs on     patron database, any
-- Used by     ledger.database.Ledger
-- Spec        none: speed only
--
-- Parameters  none
--
-- Returns     nothing of use
-- Repeatable  yes: a server that allows more keeps what it allows
--
-- With the 4 MB of a fresh server hash joins over 100,000 records go through temporary files.
-- Compiling statements (jit) costs more than it saves, because each runs once.

select
    set_config('work_mem', greatest(
        pg_size_bytes(current_setting('work_mem')), pg_size_bytes('64MB')
    )::text || 'B', false) as work_mem,
    set_config('jit', 'off', false) as jit;
