-- Let the statements that follow in the transaction see one state of the database, and only read.
--
-- Runs on     patron database, read-only, first in its transaction
-- Used by     steps.verify_audit
-- Spec        X9
--
-- Parameters  none
--
-- Returns     nothing
-- Repeatable  yes: before the first read of the transaction

set transaction isolation level repeatable read, read only; -- noqa: PRS
