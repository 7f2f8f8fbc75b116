-- Write down one condition of a run's filter.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.open_sync
-- Spec        D2.1
--
-- Parameters
--   run_id    uuid     the run
--   number    integer  its place in the definition
--   field     text     field of the library system
--   operator  text     what is asked
--   operands  jsonb    comparable values, a list
--
-- Writes      one row of data_sync.run_condition
-- Repeatable  yes: the first one stays

insert into data_sync.run_condition (run_id, number, field, operator, operands)
values (%(run_id)s, %(number)s, %(field)s, %(operator)s, %(operands)s)
on conflict (run_id, number) do nothing;
