-- Tell with what configuration the last run was opened.
--
-- Runs on     patron database, read-write, the transaction of open_run
-- Used by     steps.note_configuration
-- Spec        X9
--
-- Parameters  none
--
-- Returns     config_digest, fields (name to keyed digest; empty if only the digest is known); no
--             row before the first run. Locked, so that two runs do not both tell of a change
-- Repeatable  yes: the row is locked until the transaction ends, not changed

select
    configuration.config_digest,
    configuration.fields
from patron_sync.configuration as configuration
for update;
