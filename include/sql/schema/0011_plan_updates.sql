-- Let a planned change be settled in place.
--
-- Runs on     patron database, read-write, one transaction (Alembic revision 0011)
-- Used by     registry_operators.ledger.migrations
-- Spec        N4.1
--
-- Parameters  none
--
-- Writes      index patron_sync.plan_held
-- Repeatable  no: numbered, never edited after release
--
-- An index whose condition names the state has to be looked after whenever a state changes, and
-- every settled row then takes a new entry in each index of the plan. With the number of its set
-- as the condition, 65,000 rows are settled in half the time.

drop index patron_sync.plan_held;
create index plan_held on patron_sync.plan (library, person_key) where held_set_id is not null;
