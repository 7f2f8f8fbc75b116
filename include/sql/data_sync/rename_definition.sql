-- Give a data sync that was never published another name.
--
-- Runs on     patron database, read-write, the transaction of the step
-- Used by     steps.data_sync.drafts
-- Spec        D1.1
--
-- Parameters
--   name      text  name of the definition
--   new_name  text  its new name
--
-- Writes      one row of data_sync.definition
-- Repeatable  yes: the second call finds nothing

update data_sync.definition
set name = %(new_name)s
where name = %(name)s
    and not exists (
        select from data_sync.definition_version as published
        where published.name in (%(name)s, %(new_name)s)
    );
