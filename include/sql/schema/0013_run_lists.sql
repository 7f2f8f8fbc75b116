-- Remember which records are behind the numbers of a run, and find what pages ask for at once.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0013)
-- Used by     registry_operators.ledger.migrations
-- Spec        X4, X6
--
-- Parameters  none
--
-- Writes      patron_sync.outcome.record_nos, indexes plan_conflict and staged_by_patron
-- Repeatable  no: numbered, never edited after release
--
-- An index by state would cost every load a new entry for each change that it settles.

alter table patron_sync.outcome
add column record_nos integer[] check (cardinality(record_nos) <= 1000);
comment on column patron_sync.outcome.record_nos is
'The first 1000 of the records, in order; null in the account of an earlier release. What became of
one may have changed since, by a person''s decision.';

create index plan_conflict on patron_sync.plan (run_id, library, record_no) where is_conflict;

-- As plan_by_patron and verdict_by_patron: why/list_records asks all three.
create index staged_by_patron on patron_sync.staged_patron
using brin (patron_id int8_bloom_ops (false_positive_rate = 0.02)) with (pages_per_range = 8);
