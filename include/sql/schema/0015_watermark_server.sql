-- Remember of which server the transactions are that a push's watermark counts.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0015)
-- Used by     registry_operators.ledger.migrations
-- Spec        N1.5
--
-- Parameters  none
--
-- Writes      patron_sync.watermark.server_id
-- Repeatable  no: numbered, never edited after release
--
-- After a restore into another server the number of a transaction means nothing there. One ahead of
-- the server was noticed before; one behind it would have hidden what changed meanwhile.

alter table patron_sync.watermark
add column server_id bigint check (server_id is null or flow = 'push');
comment on column patron_sync.watermark.server_id is
'System identifier of the PostgreSQL server; null in a pull, and of an earlier release.';
